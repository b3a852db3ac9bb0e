// The calls in progress, and how loud their voices are, as long as somebody looks.
import { api } from '../api/client';
import { listen } from '../api/events';
import type { LiveCall } from '../api/schema';

const EVERY_MS = 2000;
const LEVELS_MS = 400;
const MOST_LEVELS = 50;

let calls = $state.raw<LiveCall[] | null>(null);
let total = $state(0);
let now = $state(Date.now());
let problem = $state.raw<unknown>(null);
let levels = $state.raw<ReadonlyMap<string, ReadonlyMap<string, number | null>>>(new Map());

/** By how much the server's clock is ahead of ours: durations follow the server's. */
let ahead = 0;

export async function readLive() {
  try {
    const list = await api.get('/live');
    ahead = Date.parse(list.at) - Date.now();
    now = Date.now() + ahead;
    calls = list.calls;
    total = list.total;
    problem = null;
  } catch (error) {
    problem = error;
  }
}

export const live = {
  get calls() {
    return calls;
  },
  get total() {
    return total;
  },
  /** The server's time, once a second. */
  get now() {
    return now;
  },
  get problem() {
    return problem;
  },
  level(callId: string, participant: string): number | null {
    return levels.get(callId)?.get(participant) ?? null;
  },
};

/** Follows the list until what it returns is called. */
export function followLive(): () => void {
  let isGone = false;
  let timer: ReturnType<typeof setTimeout>;
  const look = async () => {
    clearTimeout(timer);
    if (!document.hidden) await readLive();
    if (!isGone) timer = setTimeout(look, EVERY_MS);
  };
  void look();
  const ticks = setInterval(() => (now = Date.now() + ahead), 1000);
  const ends = [listen('live', () => void look()), listen('again', () => void look())];
  return () => {
    isGone = true;
    clearTimeout(timer);
    clearInterval(ticks);
    for (const end of ends) end();
  };
}

/** Follows the levels of the calls that `wanted` names. */
export function followLevels(wanted: () => string[]): () => void {
  let isGone = false;
  let timer: ReturnType<typeof setTimeout>;
  const look = async () => {
    const ids = document.hidden ? [] : wanted().slice(0, MOST_LEVELS);
    let wait = LEVELS_MS;
    if (ids.length > 0)
      try {
        const found = await api.get('/live/levels', { query: { calls: ids.join(',') } });
        levels = new Map(found.calls.map((each) => [each.call_id, new Map(each.voices.map((voice) => [voice.participant, voice.decibels]))]));
      } catch {
        levels = new Map();
        wait = EVERY_MS;
      }
    if (!isGone) timer = setTimeout(look, wait);
  };
  void look();
  return () => {
    isGone = true;
    clearTimeout(timer);
  };
}
