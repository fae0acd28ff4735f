// The state of a dataset's Label view, built from the page's world.
import { world } from '../../../world';
import { Labeling } from './labeling.svelte';

export const labeling = new Labeling(world);
