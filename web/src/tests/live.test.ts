import { describe, expect, it } from 'vitest';
import type { LiveCall, LiveStream } from '../api/schema';
import { channelsOf, hasWords, liveLoss, liveSeconds, shareOf, voicesOf } from '../model/live';

const stream = (participant: string, more: Partial<LiveStream> = {}): LiveStream => ({
  number: 0, participant, label: '', media: 'audio', codec: 'PCMA', encrypted: false, packets: 98, lost: 2, last_at: null, ...more,
});
const call = (more: Partial<LiveCall> = {}) =>
  ({ start_at: '2026-03-02T09:00:00Z', answer_at: null, caller_name: 'Zuzana Horváthová', caller_number: '+421905123456', called_name: null, called_number: '101', peer: 'sbc-east', streams: [stream('caller')], ...more }) as LiveCall;

describe('a call in progress', () => {
  it('counts from the answer, else from its beginning', () => {
    const now = Date.parse('2026-03-02T09:01:00Z');
    expect(liveSeconds(call(), now)).toBe(60);
    expect(liveSeconds(call({ answer_at: '2026-03-02T09:00:50Z' }), now)).toBe(10);
    expect(liveSeconds(call({ start_at: '2026-03-02T09:02:00Z' }), now)).toBe(0);
  });
  it('has the loss of all its streams', () => {
    expect(liveLoss(call())).toBeCloseTo(0.02);
    expect(liveLoss(call({ streams: [] }))).toBe(0);
  });
  it('names each voice once, the caller first', () => {
    expect(voicesOf([stream('party3'), stream('callee'), stream('caller'), stream('caller'), stream('callee', { media: 'video' })])).toEqual(['caller', 'callee', 'party3']);
  });
  it('is found by words in any order, without accents', () => {
    expect(hasWords(call(), 'EAST horvath')).toBe(true);
    expect(hasWords(call(), '')).toBe(true);
    expect(hasWords(call(), 'horvath west')).toBe(false);
  });
});

describe('levels and sound', () => {
  it('is silent without a level and full at 0 dB', () => {
    expect([shareOf(null), shareOf(-90), shareOf(-30), shareOf(0), shareOf(3)]).toEqual([0, 0, 0.5, 1, 1]);
  });
  it('takes interleaved samples apart', () => {
    const bytes = new DataView(new ArrayBuffer(9));
    [16384, -32768, 0, 32767].forEach((sample, index) => bytes.setInt16(index * 2, sample, true));
    const [left, right] = channelsOf(bytes.buffer);
    expect([...left]).toEqual([0.5, 0]);
    expect(right[0]).toBe(-1);
    expect(right[1]).toBeCloseTo(1, 3);
  });
});
