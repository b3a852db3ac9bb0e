import { expect, test } from 'vitest';
import { lossesOf, placesOf } from '../model/losses';

const loss = (from: string, before = 1) => ({ from, to: from, before, at_capture: 0, in_recorder: 0 });

test('the losses of a voice come from all of its streams, in order', () => {
  const streams = [
    { participant: 'caller', losses: [loss('2026-11-26T10:00:05Z')] },
    { participant: 'callee', losses: [loss('2026-11-26T10:00:01Z')] },
    { participant: 'caller', losses: [loss('2026-11-26T10:00:03Z')] },
    { participant: 'caller' },
  ];
  expect(lossesOf(streams, 'caller').map((each) => each.from)).toEqual(['2026-11-26T10:00:03Z', '2026-11-26T10:00:05Z']);
  expect(lossesOf(streams, 'party3')).toEqual([]);
});

test('what was not lost by us never came to us', () => {
  expect(placesOf({ lost: 10, lost_at_capture: 3, lost_in_recorder: 2 })).toEqual([
    { place: 'before', count: 5 }, { place: 'at_capture', count: 3 }, { place: 'in_recorder', count: 2 },
  ]);
  expect(placesOf({ lost: 2, lost_at_capture: 2 })).toEqual([{ place: 'at_capture', count: 2 }]);
  expect(placesOf({})).toEqual([]);
});
