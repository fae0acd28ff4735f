// The state of the review of feedback and of logs of models in use, built from the page's world.
import { feedback, world } from '../../../world';
import { Reviewing } from './reviewing.svelte';
import { UseLogState } from './useLog.svelte';

export const reviewing = new Reviewing({ ...world, feedback });
export const useLog = new UseLogState({ ...world, feedback });
