// Where packets were lost: before they came to us, at the capture point, in the recorder.
import type { Loss, Stream } from '../api/schema';

export const LOSS_PLACES = ['before', 'at_capture', 'in_recorder'] as const;
export const LOSS_WORDS = { before: 'loss-before', at_capture: 'loss-at-capture', in_recorder: 'loss-in-recorder' } as const;

/** Those of one voice, in order of time. */
export function lossesOf(streams: Stream[], voice: string): Loss[] {
  return streams
    .filter((each) => each.participant === voice)
    .flatMap((each) => each.losses ?? [])
    .sort((a, b) => Date.parse(a.from) - Date.parse(b.from));
}

/** How many of a stream's lost packets were lost where; only the places that have any. */
export function placesOf({ lost = 0, lost_at_capture = 0, lost_in_recorder = 0 }: Stream): { place: (typeof LOSS_PLACES)[number]; count: number }[] {
  const before = Math.max(0, lost - lost_at_capture - lost_in_recorder);
  const counts = { before, at_capture: lost_at_capture, in_recorder: lost_in_recorder };
  return LOSS_PLACES.map((place) => ({ place, count: counts[place] })).filter(({ count }) => count > 0);
}
