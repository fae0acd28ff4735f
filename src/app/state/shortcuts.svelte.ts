// Keyboard shortcuts: those of the page, and those that a panel binds while it is shown.
import { untrack } from 'svelte';
import type { Inspector } from './inspector.svelte';
import type { Router } from './router.svelte';
import type { Toasts } from './toasts.svelte';

interface Bound {
  keys: string;
  label: () => string;
}

/** Where `g` and a letter lead. */
interface Place {
  path: string;
  key: string;
}

/** How long `g` waits for its letter. */
const SEQUENCE_MILLISECONDS = 1200;

interface ShortcutsWorld {
  inspector: Inspector;
  router: Router;
  toasts: Toasts;
}

/** Keys that work anywhere but in a text field. Panels add their own with `bind` while they are shown. */
export class Shortcuts {
  readonly #world: ShortcutsWorld;
  helpOpen = $state(false);
  extra = $state.raw<(Bound & { run: () => void })[]>([]);
  #goUntil = 0;

  constructor(world: ShortcutsWorld) {
    this.#world = world;
  }

  /** Adds a single key (` `, `1`, `Ctrl+Enter`) until the returned function is called; meant for an $effect. */
  bind(keys: string, label: () => string, run: () => void): () => void {
    const entry = { keys, label, run };
    // the effect that binds must not depend on what is bound
    this.extra = [...untrack(() => this.extra), entry];
    return () => (this.extra = this.extra.filter((other) => other !== entry));
  }

  /** A key that no screen may take: typed into a field, behind a dialog, or the letter after `g`. */
  isTaken(event: KeyboardEvent): boolean {
    return isWriting(event.target) || dialogIsOpen() || event.timeStamp < this.#goUntil;
  }

  handle = (event: KeyboardEvent, places: readonly Place[]): void => {
    if (event.defaultPrevented || event.isComposing) return;
    const bound = this.extra.findLast((entry) => matches(entry.keys, event));
    const writing = isWriting(event.target);
    // A chord such as Ctrl+Enter is meant for text fields too; a bare key there is text.
    if (bound && (!writing || bound.keys.includes('+')) && !ownsKey(event)) {
      if (writing) commitField(event.target);
      return done(event, bound.run);
    }
    if (writing || event.altKey) return;
    if ((event.ctrlKey || event.metaKey) && event.key.toLowerCase() === 'z' && !event.shiftKey) {
      return done(event, () => void this.#world.toasts.undo());
    }
    if (event.ctrlKey || event.metaKey || dialogIsOpen()) return;
    this.#plain(event, places);
  };

  #plain(event: KeyboardEvent, places: readonly Place[]): void {
    // when it was pressed: a busy page hears of it later
    if (event.timeStamp < this.#goUntil) {
      this.#goUntil = 0;
      const place = places.find((p) => p.key === event.key);
      if (place) done(event, () => this.#world.router.go(place.path));
    } else if (event.key === 'g') {
      this.#goUntil = event.timeStamp + SEQUENCE_MILLISECONDS;
    } else if (event.key === '?') {
      done(event, () => (this.helpOpen = true));
    } else if (event.key === 'Escape' && this.#world.inspector.shown) {
      done(event, () => this.#world.inspector.close());
    }
  }
}

function done(event: KeyboardEvent, run: () => void): void {
  event.preventDefault();
  run();
}

function matches(keys: string, event: KeyboardEvent): boolean {
  const chord = event.ctrlKey || event.metaKey ? 'Ctrl+' : '';
  return keys === chord + event.key;
}

function isWriting(target: EventTarget | null): boolean {
  if (!(target instanceof HTMLElement)) return false;
  if (target instanceof HTMLInputElement)
    return !['checkbox', 'radio', 'button', 'file', 'range'].includes(target.type);
  return target.isContentEditable || target instanceof HTMLTextAreaElement;
}

/**
 * Fields tell what was typed when they are left; a chord acts before that, so the field is left and entered again.
 * `change` fires while `blur()` runs (https://html.spec.whatwg.org/multipage/input.html#event-input-change).
 */
function commitField(target: EventTarget | null): void {
  if (!(target instanceof HTMLElement)) return;
  target.blur();
  target.focus({ preventScroll: true });
}

/** Space and Enter on a button, link or list press that, not the shortcut. */
function ownsKey(event: KeyboardEvent): boolean {
  if (event.ctrlKey || event.metaKey || (event.key !== ' ' && event.key !== 'Enter')) return false;
  return event.target instanceof HTMLElement && event.target.closest('button, a, summary, [role], input') !== null;
}

const dialogIsOpen = (): boolean => document.querySelector('[role="dialog"], [role="alertdialog"]') !== null;
