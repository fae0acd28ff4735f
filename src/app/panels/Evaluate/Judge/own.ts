// The state of blind comparisons, built from the page's world.
import { world } from '../../../world';
import { Judging } from './judging.svelte';

export const judging = new Judging(world);
