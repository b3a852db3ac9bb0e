// The one axis of a call: seconds since its sound began, the stretch that is shown, and its width on the screen.
const MIN_SPAN = 2;
const STEPS = [0.5, 1, 2, 5, 10, 15, 30, 60, 120, 300, 600, 900, 1800, 3600];
const TICK_PIXELS = 80;
/** Room at both ends, so that what happened first and last is seen whole. */
export const EDGE_PIXELS = 8;

export class TimeAxis {
  /** Everything there is; below 0 lies what was before the sound, such as the ringing. */
  lo = $state(0);
  hi = $state(1);
  /** What is shown. */
  from = $state(0);
  to = $state(1);
  width = $state(1);

  set(lo: number, hi: number) {
    this.lo = this.from = lo;
    this.hi = this.to = Math.max(hi, lo + 1);
  }

  get span() {
    return this.to - this.from;
  }

  get isZoomed() {
    return this.span < this.hi - this.lo - 1e-6;
  }

  private get room() {
    return Math.max(1, this.width - 2 * EDGE_PIXELS);
  }

  x(time: number): number {
    return EDGE_PIXELS + ((time - this.from) / this.span) * this.room;
  }

  time(x: number): number {
    return this.from + ((x - EDGE_PIXELS) / this.room) * this.span;
  }

  zoom(factor: number, around: number) {
    const span = Math.min(this.hi - this.lo, Math.max(MIN_SPAN, this.span * factor));
    const share = (around - this.from) / this.span;
    this.place(around - share * span, span);
  }

  pan(by: number) {
    this.place(this.from + by, this.span);
  }

  fit() {
    this.place(this.lo, this.hi - this.lo);
  }

  /** Turns the page when the cursor leaves it. */
  follow(time: number) {
    if (time < this.from || time > this.to) this.place(time - this.span * 0.05, this.span);
  }

  ticks(): { time: number; x: number }[] {
    const wanted = (this.span / Math.max(1, this.width)) * TICK_PIXELS;
    const step = STEPS.find((each) => each >= wanted) ?? STEPS.at(-1)!;
    const first = Math.ceil(this.from / step) * step;
    const count = Math.floor((this.to - first) / step) + 1;
    return Array.from({ length: Math.max(0, count) }, (_, index) => first + index * step).map((time) => ({ time, x: this.x(time) }));
  }

  private place(from: number, span: number) {
    this.from = Math.max(this.lo, Math.min(from, this.hi - span));
    this.to = this.from + span;
  }
}
