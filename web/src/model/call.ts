// What the panel says of a call, from the public form.
import type { Call, Recording } from '../api/schema';

export interface Party {
  name: string;
  number: string;
}

function party(name: string | null, number: string | null): Party {
  return { name: name ?? '', number: number ?? '' };
}

export function caller(call: Call): Party {
  return party(call.caller_name, call.caller_number);
}

export function called(call: Call): Party {
  return party(call.called_name, call.called_number ?? call.dialled_digits);
}

export function short(who: Party): string {
  return who.name || who.number || '–';
}

/** The recording that one hears first: the longest that holds sound. */
export function recordingOf(call: Call, wanted?: string | null): Recording | undefined {
  const heard = heardRecordings(call);
  return heard.find((each) => each.recording_id === wanted) ?? [...heard].sort((a, b) => (b.media_bytes ?? 0) - (a.media_bytes ?? 0))[0];
}

export function heardRecordings(call: Call): Recording[] {
  return call.recordings.filter((each) => (each.state ?? '').startsWith('recorded') && (each.media_bytes ?? 1) > 0);
}

export function isHeard(call: Call): boolean {
  return heardRecordings(call).length > 0;
}

function secondsBetween(from: string | null, to: string | null): number | null {
  return from && to ? (Date.parse(to) - Date.parse(from)) / 1000 : null;
}

export function ringSeconds(call: Call): number | null {
  return secondsBetween(call.start_at, call.answer_at ?? call.end_at);
}

export function talkSeconds(call: Call): number | null {
  return secondsBetween(call.answer_at, call.end_at);
}

export function isRunning(call: Call): boolean {
  return call.end_at === null && call.ended !== true;
}

/** How sure the listener can be that everything is there. */
export type Coverage = 'whole' | 'part' | 'none';

export function coverage(state: string): Coverage {
  if (state === 'recorded' || state === 'held') return 'whole';
  if (state === 'recorded_partial' || state === 'extra_recording' || state === 'recorded_in_error') return 'part';
  return 'none';
}

export type Tone = 'good' | 'missed' | 'bad' | 'neutral';

export function toneOf(result: string): Tone {
  if (result.startsWith('answered')) return 'good';
  if (['failed', 'congestion', 'unreachable'].includes(result)) return 'bad';
  if (['unknown', 'diverted'].includes(result)) return 'neutral';
  return 'missed';
}

/** Index of a party's colour: the caller, the callee, then others in the order they came. */
export function colourOf(participant: string | null | undefined, others: readonly string[] = []): number {
  if (participant === 'caller') return 0;
  if (participant === 'callee') return 1;
  const index = others.indexOf(participant ?? '');
  return 2 + (index < 0 ? 0 : index) % 4;
}
