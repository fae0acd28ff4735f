// The state of the Model screen, built from the page's world. The form itself is shared, because Data fills it too.
import { world } from '../../world';
import { IncomingAdapter } from './adapters.svelte';
import { GeneralRows } from './generalRows.svelte';
import { RunStart } from './runStart.svelte';

export const incomingAdapter = new IncomingAdapter(world);
export const generalRows = new GeneralRows(world);
export const runStart = new RunStart(world);
