// The curves of one chart as an inline SVG without script and style attributes. What is drawn is what was measured.
import { decimate } from '../ui/Chart/decimate';
import type { ChartLine } from '../ui/Chart/types';
import { asHtml, type Markup } from './html';

const WIDTH = 720;
const HEIGHT = 220;
const LEFT = 64;
const RIGHT = 12;
const TOP = 10;
const BOTTOM = 26;
/** Places of the x axis that are told apart. */
const BUCKETS = 320;
const TICKS = 4;

export interface DrawnChart {
  title: string;
  lines: readonly ChartLine[];
  writeX: (value: number) => string;
  writeY: (value: number) => string;
}

type Scale = (value: number) => number;

/** Undefined where no line has a finite point. */
export function curveSvg({ title, lines, writeX, writeY }: DrawnChart): Markup | undefined {
  const last = Math.max(...lines.map(({ x }) => (x.length > 0 ? x.last : 0)));
  const drawn = lines
    .map((line) => ({ line, points: decimate(line.x, line.y, 0, Math.max(1, last), BUCKETS) }))
    .filter(({ points: [xs] }) => xs.length > 0);
  const ys = drawn.flatMap(({ points }) => points[1]);
  if (ys.length === 0) return undefined;
  const [low, high] = roomAround(Math.min(...ys), Math.max(...ys));
  const x: Scale = (value) => LEFT + ((WIDTH - LEFT - RIGHT) * value) / Math.max(1, last);
  const y: Scale = (value) => HEIGHT - BOTTOM - ((HEIGHT - TOP - BOTTOM) * (value - low)) / (high - low);
  return asHtml`<figure>
    <svg viewBox="0 0 ${WIDTH} ${HEIGHT}" role="img" aria-label="${title}">
      ${ticks(low, high).map((value) => tick(y(value), writeY(value)))}
      ${ticks(0, Math.max(1, last)).map((value) => label(x(value), writeX(value)))}
      ${drawn.map(({ line, points: [xs, values] }) => drawnLine(line, xs.map(x), values.map(y)))}
    </svg>
    <figcaption>${drawn.map(({ line }) => entry(line, writeY))}</figcaption>
  </figure>`;
}

/** A flat curve still has an axis. */
function roomAround(low: number, high: number): [number, number] {
  const air = 0.05 * (high - low) || Math.abs(high) * 0.1 || 1;
  return [low >= 0 ? Math.max(0, low - air) : low - air, high + air];
}

/** About so many round numbers from one end to the other. */
function ticks(low: number, high: number): number[] {
  const rough = (high - low) / TICKS;
  const power = 10 ** Math.floor(Math.log10(rough));
  const step = [1, 2, 5, 10].map((factor) => factor * power).find((found) => found >= rough) ?? rough;
  const first = Math.ceil(low / step);
  return Array.from({ length: Math.floor(high / step) - first + 1 }, (_, i) => (first + i) * step);
}

const rounded = (value: number): string => String(Math.round(value * 10) / 10);

const tick = (y: number, text: string): Markup =>
  asHtml`<line class="grid" x1="${LEFT}" x2="${WIDTH - RIGHT}" y1="${rounded(y)}" y2="${rounded(y)}" /><text
      x="${LEFT - 6}"
      y="${rounded(y + 4)}"
      text-anchor="end"
      >${text}</text
    >`;

const label = (x: number, text: string): Markup =>
  asHtml`<text x="${rounded(x)}" y="${HEIGHT - 6}" text-anchor="middle">${text}</text>`;

const classOf = ({ color, look }: ChartLine): string => `series-${color}${look === 'thin' ? ' thin' : ''}`;

function drawnLine(line: ChartLine, xs: readonly number[], ys: readonly number[]): Markup {
  const points = xs.map((x, i) => `${rounded(x)},${rounded(ys[i]!)}`).join(' ');
  const dots = line.look === 'points' && xs.map((x, i) => dot(line, x, ys[i]!));
  return asHtml`<polyline
      class="${classOf(line)}"
      points="${points}"
      stroke-dasharray="${line.dash?.join(' ') ?? ''}"
    />${dots}`;
}

const dot = (line: ChartLine, x: number, y: number): Markup =>
  asHtml`<circle class="${classOf(line)}" cx="${rounded(x)}" cy="${rounded(y)}" r="3" />`;

/** A line's name with its last value, beside a piece of the line. */
const entry = (line: ChartLine, writeY: (value: number) => string): Markup =>
  asHtml`<span
    ><svg viewBox="0 0 22 10" width="22" height="10" aria-hidden="true">
      <line class="${classOf(line)}" x1="0" x2="22" y1="5" y2="5" stroke-dasharray="${line.dash?.join(' ') ?? ''}" /></svg
    >${line.label} <b>${writeY(line.y.last)}</b></span
  >`;
