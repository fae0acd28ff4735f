// The page's selection in an element of plain text, by offsets in UTF-16 units, and moved by keys: text that is no
// field has no caret of its own (https://developer.mozilla.org/docs/Web/API/Selection/modify).

export interface Stretch {
  anchor: number;
  focus: number;
}

function offsetOf(element: Node, node: Node, offset: number): number {
  const range = document.createRange();
  range.selectNodeContents(element);
  range.setEnd(node, offset);
  return range.toString().length;
}

/** Undefined where the selection does not lie in the element whole. */
export function selectionIn(element: Node): Stretch | undefined {
  const selection = getSelection();
  const { anchorNode, focusNode } = selection ?? {};
  if (!selection || !anchorNode || !focusNode) return undefined;
  if (!element.contains(anchorNode) || !element.contains(focusNode)) return undefined;
  return {
    anchor: offsetOf(element, anchorNode, selection.anchorOffset),
    focus: offsetOf(element, focusNode, selection.focusOffset),
  };
}

function placeAt(element: Node, offset: number): [node: Node, offset: number] {
  const walker = document.createTreeWalker(element, NodeFilter.SHOW_TEXT);
  let left = offset;
  let last: Node = element;
  for (let node = walker.nextNode(); node; node = walker.nextNode()) {
    const { length } = node.textContent ?? '';
    if (left <= length) return [node, left];
    left -= length;
    last = node;
  }
  return last === element ? [element, 0] : [last, last.textContent?.length ?? 0];
}

export function selectIn(element: Node, { anchor, focus }: Stretch): void {
  getSelection()?.setBaseAndExtent(...placeAt(element, anchor), ...placeAt(element, focus));
}

type Pressed = Pick<KeyboardEvent, 'key' | 'shiftKey' | 'ctrlKey' | 'altKey' | 'metaKey'>;

const WAYS: Readonly<Record<string, readonly [direction: string, by: string] | undefined>> = {
  ArrowLeft: ['left', 'character'],
  ArrowRight: ['right', 'character'],
  ArrowUp: ['backward', 'line'],
  ArrowDown: ['forward', 'line'],
  Home: ['backward', 'lineboundary'],
  End: ['forward', 'lineboundary'],
};

/** Moves the caret, or with Shift the end of the selection; with Ctrl or Alt by words. False for other keys. */
export function moveSelection(element: Node, { key, shiftKey, ctrlKey, altKey, metaKey }: Pressed): boolean {
  const way = WAYS[key];
  const selection = getSelection();
  if (!way || !selection || metaKey) return false;
  const [direction, by] = way;
  const before = selectionIn(element) ?? { anchor: 0, focus: 0 };
  selectIn(element, before);
  const unit = by === 'character' && (ctrlKey || altKey) ? 'word' : by;
  selection.modify(shiftKey ? 'extend' : 'move', direction, unit);
  if (!selectionIn(element)) selectIn(element, before);
  return true;
}

/** Where the caret stands on the page; undefined where something is selected. */
export function caretIn(element: Element): DOMRect | undefined {
  const here = selectionIn(element);
  if (here?.anchor !== here?.focus || !here) return undefined;
  const range = document.createRange();
  range.setStart(...placeAt(element, here.focus));
  return range.getClientRects()[0];
}
