// The colours of the page for the charts.
import type { Ink } from './types';

/** The colours that the palette gives the page now, for a canvas, which knows no variables. */
export function readInk(element: HTMLElement): Ink {
  const style = getComputedStyle(element);
  const value = (name: string): string => style.getPropertyValue(name).trim();
  return {
    series: [1, 2, 3, 4, 5, 6].map((n) => value(`--series-${n}`)),
    text: value('--faint'),
    grid: value('--line'),
    mark: value('--muted'),
    font: `12px ${style.fontFamily}`,
  };
}
