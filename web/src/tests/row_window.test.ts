import { describe, expect, it } from 'vitest';
import { RowWindow } from '../model/row_window';

const HEIGHT = 34;
const VIEWPORT = 600;

describe('a window on rows', () => {
  it('shows the rows on the screen and a few around them', () => {
    const rows = new RowWindow(HEIGHT);
    expect(rows.visible(0, VIEWPORT, 1000, 8)).toEqual({ first: 0, end: 27 });
    expect(rows.visible(3400, VIEWPORT, 1000, 8)).toEqual({ first: 92, end: 127 });
    expect(rows.visible(0, VIEWPORT, 3, 8)).toEqual({ first: 0, end: 3 });
  });

  it('is never higher than a browser can make it', () => {
    const rows = new RowWindow(HEIGHT, 1_000_000);
    expect(rows.height(10_000_000)).toBeLessThanOrEqual(1_000_000);
    expect(rows.height(10)).toBe(340);
  });

  it('reaches the last of ten million rows and comes back, and no row jumps', () => {
    const total = 10_000_000;
    const rows = new RowWindow(HEIGHT, 1_000_000);
    let top = 0;
    const scroll = (by: number) => {
      top = Math.max(0, Math.min(rows.height(total) - VIEWPORT, top + by));
      const first = rows.base + top / HEIGHT;
      top += rows.rebase(top, VIEWPORT, total);
      expect(rows.base + top / HEIGHT).toBeCloseTo(first, 6);
    };
    for (let step = 0; step < 1000 && rows.visible(top, VIEWPORT, total, 0).end < total; step++) scroll(500_000);
    expect(rows.visible(top, VIEWPORT, total, 0).end).toBe(total);
    for (let step = 0; step < 1000 && rows.base + top > 0; step++) scroll(-500_000);
    expect([rows.base, top]).toEqual([0, 0]);
  });
});
