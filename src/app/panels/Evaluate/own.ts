// The state of the Evaluate screen, built from the page's world.
import { world } from '../../world';
import { Evaluating } from './evaluating.svelte';

export const evaluating = new Evaluating(world);
