// Facts about the GPU, the browser and the storage as rows of words.
import type { MachineFacts, StorageFacts } from '../../../base/wire/machine';
import { language } from '../../words/language.svelte';
import { m } from '../../words/generated/messages.js';

export type Available = Extract<MachineFacts['webgpu'], { available: true }>;
type Fact = [label: string, value: string, note?: string];

/** What the browser lets a page know of the adapter; some of it is often empty. */
export function gpuName(gpu: Available): string {
  const name = gpu.description || [gpu.vendor, gpu.architecture].filter(Boolean).join(' ');
  return name || m.machine_unnamed();
}

export function gpuFacts(gpu: Available, facts: MachineFacts): Fact[] {
  const { format } = language;
  const { limits } = gpu;
  const list: Fact[] = [
    [m.machine_adapter(), gpuName(gpu), gpu.description && [gpu.vendor, gpu.architecture].filter(Boolean).join(' · ')],
    [m.machine_buffer(), format.bytes(limits.maxBufferSize), m.machine_buffer_note()],
    [m.machine_binding(), format.bytes(limits.maxStorageBufferBindingSize), m.machine_binding_note()],
    [m.machine_shared(), format.bytes(limits.maxComputeWorkgroupStorageSize)],
    [m.machine_threads(), format.integer(facts.threads)],
  ];
  if (facts.deviceMemory !== undefined) {
    list.push([m.machine_memory(), format.bytes(facts.deviceMemory * 1e9), m.machine_memory_note()]);
  }
  return list;
}

const FEATURES: [name: string, what: () => string][] = [
  ['shader-f16', m.machine_f16],
  ['subgroups', m.machine_subgroups],
  ['timestamp-query', m.machine_timestamps],
];

export const featureRows = (gpu: Available): { name: string; there: boolean; what: string }[] =>
  FEATURES.map(([name, what]) => ({ name, there: gpu.features.includes(name), what: what() }));

export function storageRows(storage: StorageFacts): Fact[] {
  const { format } = language;
  return [
    [m.machine_used(), format.bytes(storage.usedBytes), m.machine_quota({ quota: format.bytes(storage.quotaBytes) })],
    [m.machine_checkpoints(), format.bytes(storage.checkpointBytes)],
    [m.machine_texts(), format.integer(storage.datasets)],
    [m.machine_runs(), format.integer(storage.runs)],
  ];
}

export type Browser = 'chrome' | 'firefox' | 'safari' | 'other';

/** By the user agent: it only chooses which advice stands first, so a wrong guess costs nothing. */
export function browserOf(agent: string): Browser {
  if (/Firefox\//.test(agent)) return 'firefox';
  if (/Chrome\/|Chromium\/|Edg\//.test(agent)) return 'chrome';
  return /Safari\//.test(agent) ? 'safari' : 'other';
}
