import { expect, test } from 'vitest';
import { ScrollPlaces } from '../../../src/app/frame/scrollPlaces';

/** A history of entries, the way a browser keeps it, and an element whose height limits how far it scrolls. */
function browser() {
  const states: unknown[] = [null];
  let at = 0;
  const kept = new Map<string, string>();
  const frames: (() => void)[] = [];
  const world = {
    history: {
      get state() {
        return states[at];
      },
      replaceState: (state: unknown) => void (states[at] = state),
    },
    storage: {
      getItem: (key: string) => kept.get(key) ?? null,
      setItem: (key: string, value: string) => void kept.set(key, value),
    },
    frame: (work: () => void) => void frames.push(work),
  };
  let top = 0;
  const element = {
    most: 5000,
    get scrollTop() {
      return top;
    },
    set scrollTop(to: number) {
      top = Math.min(to, this.most);
    },
  };
  /** The page is drawn before the listener of the address is called, as where another one was added first. */
  const go = (places: ScrollPlaces, to: number): void => {
    at = to;
    if (states.length <= to) states.push(null);
    places.arrive(element);
    places.turn();
  };
  const scroll = (places: ScrollPlaces, to: number): void => {
    element.scrollTop = to;
    places.scrolled(element);
  };
  return { world, element, frames, go, scroll };
}

test('a new page begins at its top, and Back leads to where it was left', () => {
  const { world, element, go, scroll } = browser();
  const places = new ScrollPlaces(world);
  scroll(places, 1500);
  go(places, 1);
  expect(element.scrollTop).toBe(0);
  scroll(places, 300);
  go(places, 0);
  expect(element.scrollTop).toBe(1500);
});

test('a page that grows late is scrolled as soon as it is high enough, unless a person scrolls', () => {
  const { world, element, frames, go, scroll } = browser();
  const places = new ScrollPlaces(world);
  scroll(places, 1500);
  go(places, 1);
  element.most = 200;
  go(places, 0);
  places.scrolled(element); // by the layout, not by the person
  expect(element.scrollTop).toBe(200);
  element.most = 5000;
  frames.shift()!();
  expect(element.scrollTop).toBe(1500);
  places.letGo();
  scroll(places, 40);
  frames.shift()!();
  expect(element.scrollTop).toBe(40);
});

test('a reload comes back to its place', () => {
  const { world, element, scroll } = browser();
  const places = new ScrollPlaces(world);
  scroll(places, 900);
  places.keep();
  element.scrollTop = 0;
  new ScrollPlaces(world).arrive(element);
  expect(element.scrollTop).toBe(900);
});
