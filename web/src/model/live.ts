// What the panel says of a call in progress.
import type { LiveCall, LiveStream } from '../api/schema';
import type { Party } from './call';

export function liveCaller(call: LiveCall): Party {
  return { name: call.caller_name ?? '', number: call.caller_number ?? '' };
}

export function liveCalled(call: LiveCall): Party {
  return { name: call.called_name ?? '', number: call.called_number ?? '' };
}

/** Seconds since it was answered, or began. */
export function liveSeconds(call: LiveCall, now: number): number {
  return Math.max(0, (now - Date.parse(call.answer_at ?? call.start_at)) / 1000);
}

/** The share of packets that did not come, over all streams with sound. */
export function liveLoss(call: LiveCall): number {
  const lost = call.streams.reduce((sum, each) => sum + each.lost, 0);
  const came = call.streams.reduce((sum, each) => sum + each.packets, 0);
  return lost / Math.max(1, lost + came);
}

/** The voices of a call, the caller first, each once. */
export function voicesOf(streams: readonly LiveStream[]): string[] {
  const rank = (who: string) => (who === 'caller' ? 0 : who === 'callee' ? 1 : 2);
  const all = [...new Set(streams.filter((each) => each.media === 'audio').map((each) => each.participant))];
  return all.sort((a, b) => rank(a) - rank(b));
}

const FLOOR_DB = -60;

/** 0 (silence) to 1 (full scale), linear in decibels. */
export function shareOf(decibels: number | null | undefined): number {
  return decibels === null || decibels === undefined ? 0 : Math.min(1, Math.max(0, 1 - decibels / FLOOR_DB));
}

function plain(text: string): string {
  return text.normalize('NFD').replaceAll(/\p{M}/gu, '').toLowerCase();
}

/** Every word must be part of a name, a number or the source. */
export function hasWords(call: LiveCall, words: string): boolean {
  const all = plain([call.caller_name, call.caller_number, call.called_name, call.called_number, call.peer].join(' '));
  return plain(words).split(/\s+/).every((word) => all.includes(word));
}

const CHANNELS = 2;

/** Signed 16-bit samples, interleaved, as one list per channel in -1 to 1. */
export function channelsOf(bytes: ArrayBuffer): Float32Array<ArrayBuffer>[] {
  const view = new DataView(bytes);
  const frames = Math.floor(bytes.byteLength / 2 / CHANNELS);
  return Array.from({ length: CHANNELS }, (_, channel) =>
    Float32Array.from({ length: frames }, (_, frame) => view.getInt16((frame * CHANNELS + channel) * 2, true) / 32768),
  );
}
