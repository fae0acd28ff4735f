/** What charts over the same steps share: the part that is looked at, and the step that is read. */
export class ChartGroup {
  /** First and last step of the zoom; absent shows all. */
  view = $state.raw<readonly [number, number]>();
  /** The step under the pointer or the keys; absent reads the newest. */
  at = $state<number>();
  /** The curve that is pointed at, in the chart or its legend. */
  near = $state<string>();

  zoom(from: number, to: number): void {
    if (to - from >= 1) this.view = [from, to];
  }

  reset(): void {
    this.view = undefined;
  }
}
