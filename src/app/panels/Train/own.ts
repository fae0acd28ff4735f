// What only the Train screen and its foot bar share.
import { runs } from '../../world';
import { Telling } from './telling.svelte';

export const telling = new Telling(runs);
