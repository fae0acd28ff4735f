// The key that a press stands for in the label queue, on any layout; undefined for one that is not the queue's.

/** What of a press counts; a KeyboardEvent has it. */
export type Press = Pick<
  KeyboardEvent,
  'key' | 'code' | 'repeat' | 'isComposing' | 'altKey' | 'ctrlKey' | 'metaKey' | 'shiftKey'
>;

/**
 * `1` … `9`, a small letter, `Enter`, `Escape`, `Backspace`; Ctrl+Z is `Backspace` too. A key that is held decides
 * once. Digits go by their place on the keyboard, since a French one writes them with Shift; letters that are not Latin
 * too.
 */
export function labelKey(press: Press): string | undefined {
  const { key, code, repeat, isComposing, altKey, ctrlKey, metaKey, shiftKey } = press;
  if (repeat || isComposing || key === 'Process' || altKey) return undefined;
  if (ctrlKey || metaKey) return key.toLowerCase() === 'z' && !shiftKey ? 'Backspace' : undefined;
  if (key === 'Enter' || key === 'Escape' || key === 'Backspace') return key;
  if (/^[1-9]$/.test(key)) return key;
  const digit = /^(?:Digit|Numpad)([1-9])$/.exec(code)?.[1];
  if (digit !== undefined && key.length === 1) return digit;
  if (/^[a-z]$/i.test(key)) return key.toLowerCase();
  return key.length === 1 && /\p{L}/u.test(key) ? /^Key([A-Z])$/.exec(code)?.[1]?.toLowerCase() : undefined;
}

/**
 * Fields, lists that are open and dialogs have their keys for themselves; Enter presses what has the focus. A closed
 * list has the focus where a task begins, and where its order was just chosen.
 */
export function ownsLabelKey(target: EventTarget | null, key: string): boolean {
  if (!(target instanceof HTMLElement)) return false;
  if (target.closest('[aria-expanded="true"][aria-haspopup], [role="listbox"], [role="menu"]')) return true;
  return key === 'Enter' && target.closest('button, a, summary, input') !== null;
}
