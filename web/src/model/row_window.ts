// Which rows of a very long list are on the screen. Browsers cannot make an element as high as millions of
// rows, so the scrolled element stands for a stretch of them, which moves along when its end comes near.
export interface Span {
  first: number;
  /** One past the last. */
  end: number;
}

export class RowWindow {
  /** Index of the row at the very top of the scrolled element. */
  base = 0;

  constructor(
    public rowHeight: number,
    private readonly maxPixels = 4_000_000,
  ) {}

  private get maxRows() {
    return Math.floor(this.maxPixels / this.rowHeight);
  }

  height(total: number): number {
    return Math.min(Math.max(0, total - this.base), this.maxRows) * this.rowHeight;
  }

  top(index: number): number {
    return (index - this.base) * this.rowHeight;
  }

  visible(scrollTop: number, viewport: number, total: number, spare = 8): Span {
    const first = this.base + Math.floor(scrollTop / this.rowHeight);
    const count = Math.ceil(viewport / this.rowHeight) + 1;
    return { first: Math.max(0, Math.min(first - spare, total)), end: Math.min(total, first + count + spare) };
  }

  /** Moves the stretch if an end of it is near while rows lie beyond; gives the change of the scroll position. */
  rebase(scrollTop: number, viewport: number, total: number): number {
    const near = this.maxPixels / 8;
    const step = Math.floor(this.maxRows / 2);
    const before = this.base;
    const end = this.maxRows * this.rowHeight;
    if (scrollTop < near && this.base > 0) this.base = Math.max(0, this.base - step);
    else if (scrollTop + viewport > end - near && total > this.base + this.maxRows) this.base += step;
    return (before - this.base) * this.rowHeight;
  }
}
