// The state of the Privacy screen, built from the page's world.
import { forgetSettings } from '../../browser/browserPrefs';
import { world } from '../../world';
import { Deletion } from './deletion.svelte';

const restart = (): void => {
  location.hash = '';
  location.reload();
};

export const deletion = new Deletion({ ...world, forgetSettings, restart });
