// The room that an on-screen keyboard leaves. Some browsers lay the keyboard over the page and tell only the visual
// viewport (https://developer.mozilla.org/docs/Web/API/VisualViewport), others shrink the window.

/** What is read of the window, and written to its root. */
export interface KeyboardWindow {
  readonly visualViewport: {
    readonly height: number;
    readonly scale: number;
    addEventListener(name: 'resize', listener: () => void): void;
    removeEventListener(name: 'resize', listener: () => void): void;
  } | null;
  readonly innerWidth: number;
  readonly document: { readonly activeElement: { matches(selector: string): boolean } | null };
  scrollTo(left: number, top: number): void;
}
interface Root {
  toggleAttribute(name: string, on: boolean): unknown;
  readonly style: { setProperty(name: string, value: string): unknown; removeProperty(name: string): unknown };
}

/** A keyboard takes more than this share of the height; the bars of a browser take less. */
const LEAST = 0.2;

/** While a keyboard is open, `data-keyboard` stands on the root and `--above-keyboard` is the height above it. */
export function watchKeyboard(root: Root, window: KeyboardWindow): () => void {
  const seen = window.visualViewport;
  if (!seen) return () => undefined;
  let [width, tallest] = [0, 0];
  const change = (): void => {
    if (seen.scale > 1) return; // what is magnified is a part of the page
    tallest = window.innerWidth === width ? Math.max(tallest, seen.height) : seen.height;
    width = window.innerWidth;
    const writes = window.document.activeElement?.matches('textarea, input') ?? false;
    const open = writes && seen.height < (1 - LEAST) * tallest;
    root.toggleAttribute('data-keyboard', open);
    if (!open) return void root.style.removeProperty('--above-keyboard');
    root.style.setProperty('--above-keyboard', `${seen.height}px`);
    window.scrollTo(0, 0); // iOS moves the page up, to show a field that now stands above the keyboard
  };
  change();
  seen.addEventListener('resize', change);
  return () => seen.removeEventListener('resize', change);
}
