import { describe, expect, it } from 'vitest';
import { activeFilters, queryOf, rangeOf, secondsOf, viewOf } from '../model/filters';

const of = (text: string) => new URLSearchParams(text);
const NOW = new Date(2026, 2, 15, 14, 30);

describe('filters in the address', () => {
  it('become the query', () => {
    expect(queryOf(of('number=0905 123&min_duration=60&lang=sk&t=3'), NOW)).toEqual({ number: '0905 123', min_duration: '60' });
  });

  it('leave the range to the server unless one is chosen', () => {
    expect(queryOf(of(''), NOW)).toEqual({});
    expect(queryOf(of('range=all'), NOW)).toEqual({ from: '1970-01-01T00:00:00.000Z' });
  });

  it('count days in the zone of the viewer, the last one included', () => {
    expect(rangeOf(of('range=today'), NOW)).toEqual({ from: new Date(2026, 2, 15) });
    expect(rangeOf(of('range=yesterday'), NOW)).toEqual({ from: new Date(2026, 2, 14), to: new Date(2026, 2, 15) });
    expect(rangeOf(of('from=2026-03-01&to=2026-03-02'), NOW)).toEqual({ from: new Date(2026, 2, 1), to: new Date(2026, 2, 3) });
  });

  it('do not pass on a day that is none', () => {
    expect(queryOf(of('from=soon'), NOW)).toEqual({});
  });

  it('are chips and views', () => {
    expect(activeFilters(of('max_duration=5&name=a&words=b'))).toEqual(['name', 'duration']);
    expect(viewOf(of('t=9&lang=ru&name=a&range=7d'))).toBe('range=7d&name=a');
  });

  it('take lengths of time as people write them', () => {
    expect(['90', '1:30', '1:02:07', ' 5 '].map(secondsOf)).toEqual([90, 90, 3727, 5]);
    expect(['', 'x', '1:', '-3', '1.5', '1:2:3:4'].map(secondsOf)).toEqual([null, null, null, null, null, null]);
  });
});
