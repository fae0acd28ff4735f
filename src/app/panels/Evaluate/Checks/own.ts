// The state of regression sets, built from the page's world.
import { checkSets, world } from '../../../world';
import { Checking } from './checking.svelte';

export const checking = new Checking({ ...world, sets: checkSets });
