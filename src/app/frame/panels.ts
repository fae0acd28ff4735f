// All panels, found in `panels/*/panel.ts`, in the order of the rail.
import type { Panel } from '../parts/panel';

const found = import.meta.glob<{ default: Panel }>('../panels/*/panel.ts', { eager: true });

export const panels: readonly Panel[] = Object.values(found)
  .map((module) => module.default)
  .sort((a, b) => a.order - b.order);

export const panelAt = (path: string): Panel | undefined => panels.find((panel) => panel.path === path);
