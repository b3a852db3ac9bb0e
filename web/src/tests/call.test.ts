import { describe, expect, it } from 'vitest';
import type { Call } from '../api/schema';
import { colourOf, isHeard, recordingOf, talkSeconds } from '../model/call';

function call(recordings: object[]): Call {
  return { answer_at: '2026-03-02T09:00:03Z', end_at: '2026-03-02T09:00:22.500Z', recordings } as unknown as Call;
}

describe('a call', () => {
  it('is heard by the longest recording, or the one that is asked for', () => {
    const two = call([{ recording_id: 'a', state: 'recorded', media_bytes: 5 }, { recording_id: 'b', state: 'recorded_partial', media_bytes: 9 }]);
    expect(recordingOf(two)?.recording_id).toBe('b');
    expect(recordingOf(two, 'a')?.recording_id).toBe('a');
    expect(recordingOf(two, 'elsewhere')?.recording_id).toBe('b');
  });

  it('is not heard if nothing was recorded', () => {
    expect(isHeard(call([{ recording_id: 'a', state: 'not_recorded_no_media', media_bytes: 0 }]))).toBe(false);
  });

  it('lasts from the answer to the end', () => {
    expect(talkSeconds(call([]))).toBe(19.5);
  });

  it('gives each party one colour', () => {
    expect(['caller', 'callee', 'x', 'y'].map((who) => colourOf(who, ['x', 'y']))).toEqual([0, 1, 2, 3]);
  });
});
