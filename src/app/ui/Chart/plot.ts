// The options and drawing hooks with which uPlot draws our curves.
import uPlot from 'uplot';
import { nearest } from './column';
import { align, decimate, decimateOnGrid } from './decimate';
import { MANY_LINES, type Ink, type ChartLine, type Marker } from './types';

export interface PlotOptions {
  log: boolean;
  ink: Ink;
  height: number;
  /** The least height of the y axis, as a share of its values: a constant must not look like noise. */
  leastSpan: number;
  /** Where the y axis ends at the latest, so that a few outliers do not flatten the rest. */
  most: () => number | undefined;
  formatX: (value: number) => string;
  /** Distances of round numbers on the x axis; absent: powers of ten by 1, 2 and 5. */
  stepsX?: readonly number[];
  formatY: (value: number) => string;
  onRead: (step: number | undefined) => void;
  /** The curve under the pointer; absent: none is told apart. */
  onNear?: (key: string | undefined) => void;
  onZoom: (from: number, to: number) => void;
  onReset: () => void;
}

const THIN = 1;
const PLAIN = 1.5;
const BOLD = 2.25;
const WIDTHS: Record<ChartLine['look'], number> = { thin: THIN, plain: PLAIN, bold: BOLD, points: 1.25 };
const AXIS_WIDTH = 58;
const AXIS_HEIGHT = 30;
/** How near to a curve the pointer points at it, in pixels. */
const NEAR = 24;
/** What is seen of the other curves while one stands out. */
const BEHIND = 0.18;
/** The narrowest drag, in pixels, that counts as a zoom and not as a click. */
const SHORTEST_DRAG = 6;

/** One uPlot canvas. It is given curves and a range and draws them decimated; it keeps no data of its own. */
export class Plot {
  readonly #plot: uPlot;
  #lines: readonly ChartLine[] = [];
  #markers: readonly Marker[] = [];
  #range: readonly [number, number] = [0, 1];

  constructor(
    host: HTMLElement,
    lines: readonly ChartLine[],
    width: number,
    readonly options: PlotOptions,
  ) {
    this.#plot = new uPlot(this.#settings(lines, width), undefined, host);
    this.#plot.over.addEventListener('dblclick', options.onReset);
  }

  draw(lines: readonly ChartLine[], range: readonly [number, number], markers: readonly Marker[]): void {
    this.#lines = lines;
    this.#markers = markers;
    this.#range = range;
    const buckets = Math.max(50, Math.floor(this.#plot.width - AXIS_WIDTH));
    const thinned = lines.length > MANY_LINES ? decimateOnGrid : decimate;
    this.#plot.setData(align(lines.map((line) => thinned(line.x, line.y, range[0], range[1], buckets))));
  }

  resize(width: number): void {
    this.#plot.setSize({ width, height: this.options.height });
  }

  /** Moves the reading line to a step without telling anybody. */
  read(step: number | undefined): void {
    const left = step === undefined ? -10 : this.#plot.valToPos(step, 'x');
    this.#plot.setCursor({ left, top: step === undefined ? -10 : 1 }, false);
  }

  /** One curve stands out before the others; undefined: all are alike. */
  stress(key: string | undefined): void {
    if (!this.options.onNear) return;
    const at = this.#lines.findIndex((line) => line.key === key);
    this.#plot.setSeries(at < 0 ? null : at + 1, { focus: true }, false);
  }

  destroy(): void {
    this.#plot.destroy();
  }

  #settings(lines: readonly ChartLine[], width: number): uPlot.Options {
    const { ink, log, height, leastSpan, most, formatX, formatY, stepsX } = this.options;
    return {
      width,
      height,
      padding: [8, 20, 0, 0],
      legend: { show: false },
      focus: { alpha: this.options.onNear ? BEHIND : 1 },
      cursor: {
        y: false,
        points: { show: false },
        drag: { x: true, y: false, setScale: false, dist: SHORTEST_DRAG },
      },
      scales: {
        x: { time: false, range: () => [this.#range[0], this.#range[1]] },
        y: log ? { distr: 3 } : { range: (_plot, low, high) => paddedRange(low, cappedAt(most(), high), leastSpan) },
      },
      axes: [
        axis(ink, formatX, { size: AXIS_HEIGHT, space: 70, ...(stepsX && { incrs: [...stepsX] }) }),
        axis(ink, formatY, { size: AXIS_WIDTH, space: 36 }),
      ],
      series: [{}, ...lines.map((line) => series(line, ink))],
      hooks: {
        draw: [() => this.#drawMarkers()],
        setSelect: [() => this.#select()],
        setCursor: [() => this.#tell()],
      },
    };
  }

  #tell(): void {
    const { left } = this.#plot.cursor;
    const outside = left === undefined || left < 0;
    const x = outside ? undefined : this.#plot.posToVal(left, 'x');
    this.options.onRead(x === undefined ? undefined : Math.round(x));
    this.options.onNear?.(x === undefined ? undefined : this.#nearTo(x, this.#plot.cursor.top ?? 0));
  }

  /** The curve that passes the pointer most closely. */
  #nearTo(x: number, top: number): string | undefined {
    let found: string | undefined;
    let least = NEAR;
    for (const line of this.#lines) {
      if (line.x.length === 0 || x > line.x.last) continue;
      const distance = Math.abs(this.#plot.valToPos(line.y.at(nearest(line.x, x)), 'y') - top);
      if (!(distance < least)) continue;
      least = distance;
      found = line.key;
    }
    return found;
  }

  #select(): void {
    const { left, width } = this.#plot.select;
    if (width < SHORTEST_DRAG) return;
    const from = this.#plot.posToVal(left, 'x');
    const to = this.#plot.posToVal(left + width, 'x');
    this.#plot.setSelect({ left: 0, top: 0, width: 0, height: 0 }, false);
    this.options.onZoom(Math.floor(from), Math.ceil(to));
  }

  /**
   * Checkpoints as small marks on the axis: a hollow diamond, the best one filled and with a line through the chart.
   * A change of the run's rate or length is a solid line.
   */
  #drawMarkers(): void {
    const { ctx, bbox } = this.#plot;
    const scale = uPlot.pxRatio;
    const foot = bbox.top + bbox.height;
    ctx.save();
    ctx.strokeStyle = this.options.ink.mark;
    ctx.fillStyle = this.options.ink.mark;
    ctx.lineWidth = 1.25 * scale;
    for (const marker of this.#markers) {
      if (marker.step < this.#range[0] || marker.step > this.#range[1]) continue;
      const x = this.#plot.valToPos(marker.step, 'x', true);
      if (marker.kind === 'change') {
        upright(ctx, x, bbox.top, foot);
        continue;
      }
      if (marker.kind === 'best') dashedLine(ctx, x, bbox.top, foot, scale);
      diamond(ctx, x, foot, 4 * scale);
      if (marker.kind === 'best') ctx.fill();
      else ctx.stroke();
    }
    ctx.restore();
  }
}

function dashedLine(ctx: CanvasRenderingContext2D, x: number, top: number, foot: number, scale: number): void {
  ctx.setLineDash([3 * scale, 4 * scale]);
  upright(ctx, x, top, foot);
  ctx.setLineDash([]);
}

function upright(ctx: CanvasRenderingContext2D, x: number, top: number, foot: number): void {
  ctx.beginPath();
  ctx.moveTo(x, top);
  ctx.lineTo(x, foot);
  ctx.stroke();
}

function diamond(ctx: CanvasRenderingContext2D, x: number, y: number, r: number): void {
  ctx.beginPath();
  ctx.moveTo(x, y - r);
  ctx.lineTo(x + r, y);
  ctx.lineTo(x, y + r);
  ctx.lineTo(x - r, y);
  ctx.closePath();
}

const cappedAt = (most: number | undefined, high: number | null): number | null =>
  high === null || most === undefined ? high : Math.min(high, most);

/** A little air above and below; a flat or empty curve still gets an axis. */
function paddedRange(low: number | null, high: number | null, leastSpan: number): uPlot.Range.MinMax {
  if (low === null || high === null) return [0, 1];
  const missing = Math.max(0, leastSpan * Math.abs(high) - (high - low)) / 2;
  const air = Math.max(0.06 * (high - low), missing) || Math.abs(high) * 0.1 || 1;
  return [low >= 0 ? Math.max(0, low - air) : low - air, high + air];
}

function axis(ink: Ink, format: (value: number) => string, more: uPlot.Axis): uPlot.Axis {
  return {
    stroke: ink.text,
    font: ink.font,
    grid: { stroke: ink.grid, width: 1 },
    ticks: { show: false },
    gap: 6,
    values: (_plot, splits) => splits.map((value: number | null) => (value === null ? '' : format(value))),
    ...more,
  };
}

function series(line: ChartLine, ink: Ink): uPlot.Series {
  const color = ink.series[line.color - 1] ?? ink.text;
  const points = line.look === 'points';
  return {
    stroke: color,
    width: WIDTHS[line.look],
    alpha: line.look === 'thin' ? 0.45 : 1,
    spanGaps: true,
    points: points ? { show: true, size: 7, width: 1.5, stroke: color, fill: color } : { show: false },
    ...(line.dash && line.dash.length > 0 && { dash: [...line.dash] }),
  };
}
