import { describe, expect, it } from 'vitest';
import { EDGE_PIXELS, TimeAxis } from '../model/time_axis.svelte';

function axis() {
  const made = new TimeAxis();
  made.set(-6, 94);
  made.width = 1000 + 2 * EDGE_PIXELS;
  return made;
}

describe('the time axis', () => {
  it('maps time to place and back', () => {
    const a = axis();
    expect(a.x(-6)).toBe(EDGE_PIXELS);
    expect(a.x(94)).toBe(1000 + EDGE_PIXELS);
    expect(a.time(a.x(37.25))).toBeCloseTo(37.25);
  });

  it('keeps what is under the pointer where it is while it zooms', () => {
    const a = axis();
    const before = a.x(40);
    a.zoom(0.25, 40);
    expect(a.x(40)).toBeCloseTo(before);
    expect(a.span).toBeCloseTo(25);
  });

  it('never leaves the call', () => {
    const a = axis();
    a.zoom(0.1, 0);
    a.pan(-1000);
    expect(a.from).toBe(-6);
    a.pan(1000);
    expect(a.to).toBeCloseTo(94);
    a.zoom(1000, 3);
    expect([a.from, a.to, a.isZoomed]).toEqual([-6, 94, false]);
  });

  it('has a tick every round number of seconds', () => {
    const a = axis();
    expect(a.ticks().map((tick) => tick.time)).toEqual([0, 10, 20, 30, 40, 50, 60, 70, 80, 90]);
  });

  it('turns the page when the cursor leaves it', () => {
    const a = axis();
    a.zoom(0.1, 0);
    a.follow(50);
    expect(a.from).toBeLessThan(50);
    expect(a.to).toBeGreaterThan(50);
  });
});
