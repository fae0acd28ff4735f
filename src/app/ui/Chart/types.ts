// What a chart is given: curves and markers.
import type { Column } from './column';

/** One curve: its own rising steps and what was measured at them. */
export interface ChartLine {
  key: string;
  label: string;
  x: Column;
  y: Column;
  /** Which of the six series colours of the palette; `dash` tells the same apart without colour. */
  color: 1 | 2 | 3 | 4 | 5 | 6;
  look: 'thin' | 'plain' | 'bold' | 'points';
  dash?: readonly number[];
}

/** Charts of more lines thin them on one grid, and let their legend scroll. */
export const MANY_LINES = 12;

/** What the x values of a chart count, in words. */
export interface XWords {
  /** Where no unit is needed: on the axis, in a table. */
  written: (value: number) => string;
  /** By itself: “Step 12”. */
  at: (value: number) => string;
  /** Above a column of them. */
  column: string;
  /** Distances of round numbers. */
  steps?: readonly number[];
}

/** Something that happened at a step, drawn at the foot of the chart. */
export interface Marker {
  step: number;
  kind: 'checkpoint' | 'best' | 'change';
}

/** Colours and type of the canvas, read from the palette of the page. */
export interface Ink {
  series: readonly string[];
  text: string;
  grid: string;
  mark: string;
  font: string;
}

/** Dash patterns in the order of the series colours; the first is a plain line. */
export const DASHES: readonly (readonly number[])[] = [[], [8, 4], [2, 3], [12, 3, 2, 3], [5, 2], [1, 4]];
