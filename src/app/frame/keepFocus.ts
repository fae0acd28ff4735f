/**
 * What the keyboard reaches, no on-screen keyboard springs up for, and nothing is chosen by: a tab opens as soon as it
 * has the focus.
 */
const REACHED = 'button:not(:disabled, [role="tab"], [role="radio"]), a[href], summary, input[type="checkbox"]';

/** Where a focused element stood: its ancestors up to the root, and the place among its siblings at each level. */
type Place = readonly { parent: Element; index: number }[];

function placeOf(element: Element, root: Element): Place {
  const place: { parent: Element; index: number }[] = [];
  for (let at = element; at !== root && at.parentElement; at = at.parentElement)
    place.push({ parent: at.parentElement, index: [...at.parentElement.children].indexOf(at) });
  return place;
}

/**
 * What stands nearest to that place now: in what came instead, else beside it, level by level outwards. Another screen
 * is not near.
 */
function nearest(place: Place, root: Element): HTMLElement | undefined {
  for (const { parent, index } of place) {
    if (parent === root) return undefined;
    if (!parent.isConnected) continue;
    const instead = parent.children[Math.min(index, parent.children.length - 1)];
    const reached = [instead, parent].flatMap((within) => {
      if (!within) return [];
      const all = [...within.querySelectorAll<HTMLElement>(REACHED)];
      return within instanceof HTMLElement && within.matches(REACHED) ? [within, ...all] : all;
    });
    const found = reached.find((element) => element.checkVisibility());
    if (found) return found;
  }
  return undefined;
}

const reachable = (element: Element): boolean =>
  element.isConnected && element.checkVisibility() && !element.matches(':disabled');

/**
 * Keeps the keyboard's place: a button that gives way to a progress bar, a row that is deleted, a button that waits for
 * its answer would take the focus with it, and the next Tab would begin at the top of the page. An attachment of the
 * element around the work.
 */
export function keepFocus(root: HTMLElement): () => void {
  let last: { element: HTMLElement; place: Place } | undefined;
  const remember = ({ target }: FocusEvent): void => {
    if (target instanceof HTMLElement) last = { element: target, place: placeOf(target, root) };
  };
  const forget = (): void => (last = undefined);
  // an element that is removed loses the focus before it is gone: only a moment later it is known whether the person
  // has left it
  const left = ({ target }: FocusEvent): void =>
    queueMicrotask(() => {
      if (last && last.element === target && reachable(last.element)) forget();
    });
  const mend = (): void => {
    if (!last || (document.activeElement && document.activeElement !== document.body)) return;
    const { element, place } = last;
    const waits = element.isConnected && element.checkVisibility() && !reachable(element);
    if (!waits) (reachable(element) ? element : nearest(place, root))?.focus({ preventScroll: true });
  };
  const watched = new MutationObserver(mend);
  root.addEventListener('focusin', remember);
  root.addEventListener('focusout', left);
  root.addEventListener('pointerdown', forget);
  watched.observe(root, { childList: true, subtree: true, attributeFilter: ['hidden', 'disabled'] });
  return () => {
    watched.disconnect();
    root.removeEventListener('focusin', remember);
    root.removeEventListener('focusout', left);
    root.removeEventListener('pointerdown', forget);
  };
}
