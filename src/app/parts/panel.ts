// What a panel is. The list of them is made in `frame/panels.ts`.
import type { Component } from 'svelte';
import type { IconName } from '../ui/icons';

/** Where a stage stands; the rail shows it as a mark and says it in words. */
export type StageState = 'empty' | 'ready' | 'running' | 'done';

/**
 * One screen. `panels/<Screen>/panel.ts` exports it as default; the rail, the router and the shortcuts find it there,
 * so that a new screen is a new folder.
 */
export interface Panel {
  /** In the address: `#/<path>`. */
  path: string;
  /** The letter after `g`. */
  key: string;
  /** `stage`: in the order of the work; `room`: below the line; `home`: where the bare address leads, in no list. */
  place: 'stage' | 'room' | 'home';
  order: number;
  icon: IconName;
  label: () => string;
  /** The screen itself, fetched when it is first shown: the page begins without the code of the other screens. */
  load: () => Promise<{ default: Component }>;
  /** Takes exactly the room that the frame has, and scrolls its own parts. */
  fills?: boolean;
  /** Read as state. Absent: the panel has none to show. */
  state?: () => StageState;
  /** Read as state: how many things it holds. Absent: it holds none that are counted. */
  count?: () => number;
  /** Stands at the foot of every screen while it renders something. */
  foot?: Component;
  /** Stands above every screen while it renders something: what needs a decision now. */
  banner?: Component;
  /** Called once when the page has started. */
  start?: () => void;
}
