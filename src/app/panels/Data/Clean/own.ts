// The state of a dataset's Clean view, built from the page's world.
import { world } from '../../../world';
import { Cleaning } from './cleaning.svelte';
import { ModelWriter } from './modelWriter.svelte';

export const cleaning = new Cleaning(world);
export const modelWriter = new ModelWriter(world, cleaning);
