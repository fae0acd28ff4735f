import { expect, test } from 'vitest';
import { watchKeyboard, type KeyboardWindow } from '../../../src/app/browser/keyboardRoom';

/** A phone whose keyboard the test opens. */
function phone() {
  const listeners = new Set<() => void>();
  const seen = {
    ...{ height: 844, scale: 1, writes: false, width: 390 },
    addEventListener: (_name: string, listener: () => void) => void listeners.add(listener),
    removeEventListener: (_name: string, listener: () => void) => void listeners.delete(listener),
  };
  const attributes = new Set<string>();
  const style = new Map<string, string>();
  const scrolls: number[] = [];
  const field = { matches: (selector: string) => selector.includes('textarea') };
  const window: KeyboardWindow = {
    visualViewport: seen,
    get innerWidth() {
      return seen.width;
    },
    document: {
      get activeElement() {
        return seen.writes ? field : null;
      },
    },
    scrollTo: (_left, top) => void scrolls.push(top),
  };
  const root = {
    toggleAttribute: (name: string, on: boolean) => (on ? attributes.add(name) : attributes.delete(name)),
    style: {
      setProperty: (name: string, value: string) => style.set(name, value),
      removeProperty: (name: string) => style.delete(name),
    },
  };
  const end = watchKeyboard(root, window);
  const become = (height: number, given: Partial<Pick<typeof seen, 'writes' | 'scale' | 'width'>> = {}) => {
    Object.assign(seen, { scale: 1, writes: false }, given, { height });
    for (const listener of listeners) listener();
    return [attributes.has('data-keyboard'), style.get('--above-keyboard')];
  };
  return { become, end, scrolls, listeners };
}

test('while a keyboard is open the frame is as high as what is left above it', () => {
  const { become, scrolls, end, listeners } = phone();
  expect(become(508, { writes: true })).toEqual([true, '508px']);
  expect(scrolls).toEqual([0]);
  expect(become(844)).toEqual([false, undefined]);
  end();
  expect(listeners.size).toBe(0);
});

test('the bars of a browser, a turned phone and a magnified page are no keyboard', () => {
  const { become } = phone();
  expect(become(760, { writes: true })).toEqual([false, undefined]);
  expect(become(390, { writes: true, width: 844 })).toEqual([false, undefined]);
  expect(become(200, { writes: true, scale: 2 })).toEqual([false, undefined]);
  expect(become(200)).toEqual([false, undefined]);
});
