// An entry of the queue in short: what it trains, on what, with which settings.
import { hasEffect } from '../../base/settings/conditions';
import type { TrainSettings } from '../../base/settings/trainSettings';
import type { QueueEntry } from '../../base/wire/queue';
import { m } from '../words/generated/messages.js';
import { settingLabel } from '../words/settingLabels';
import { written } from '../words/settingValues';

/** What tells runs apart most often, and what was changed by hand. */
function namesOf({ settings, start, defaults }: NonNullable<QueueEntry['request']>): (keyof TrainSettings)[] {
  const length = settings.durationUnit === 'epochs' ? ('epochs' as const) : ('steps' as const);
  const usual = [...(start.kind === 'weights' ? (['method'] as const) : []), length, 'learningRate' as const];
  const changed = Object.keys(defaults ?? {}) as (keyof TrainSettings)[];
  return [...new Set([...usual, ...changed])].filter((name) => hasEffect(name, settings));
}

/** `0.1M · fables · Steps 300 · Learning rate 0.001` */
export function entryFacts({ modelName, dataName, request }: QueueEntry): string {
  if (!request) return m.queue_by_hand();
  const { settings } = request;
  const settingsInShort = namesOf(request).map((name) => `${settingLabel(name)} ${written(name, settings[name])}`);
  return [modelName, dataName, ...settingsInShort].filter(Boolean).join(' · ');
}
