// The state of the review of feedback, built from the page's world.
import { feedback, world } from '../../../world';
import { Reviewing } from './reviewing.svelte';

export const reviewing = new Reviewing({ ...world, feedback });
