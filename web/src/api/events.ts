// Live events. The browser connects again by itself; whoever listens is told then, to read anew what it missed.
import { address, api } from './client';
import type { Job } from './schema';

interface Events {
  call: { call_id: string };
  /** Calls in progress began, ended, were paused or resumed. */
  live: { total: number };
  job: Job;
  /** Some alarm began or ended; the status tells which. */
  alarm: unknown;
  /** The stream was interrupted and is back. */
  again: null;
}
type Listener<K extends keyof Events> = (data: Events[K]) => void;

const listeners = new Map<keyof Events, Set<Listener<never>>>();
let source: EventSource | null = null;
const AGAIN_MS = 5000;

function tell<K extends keyof Events>(kind: K, data: Events[K]) {
  for (const listener of listeners.get(kind) ?? []) (listener as Listener<K>)(data);
}

/** A browser gives up for good when the server refuses: then ask whether the session is over, else connect anew. */
function reconnect(refused: EventSource) {
  if (refused !== source || refused.readyState !== EventSource.CLOSED) return;
  source = null;
  setTimeout(() => {
    if (source) return;
    api.get('/session').then(
      () => (connect(), tell('again', null)),
      () => {},
    );
  }, AGAIN_MS);
}

export function startEvents() {
  if (!source) connect();
}

function connect() {
  const opened = new EventSource(address('/events'));
  source = opened;
  let isOpenedBefore = false;
  opened.onopen = () => {
    if (isOpenedBefore) tell('again', null);
    isOpenedBefore = true;
  };
  opened.onerror = () => reconnect(opened);
  for (const kind of ['call', 'live', 'job', 'alarm'] as const)
    opened.addEventListener(kind, (event) => {
      const text = (event as MessageEvent<string>).data;
      tell(kind, text ? JSON.parse(text) : null);
    });
}

export function stopEvents() {
  source?.close();
  source = null;
}

/** Returns what ends the listening, as effects want it. */
export function listen<K extends keyof Events>(kind: K, listener: Listener<K>): () => void {
  const all = listeners.get(kind) ?? new Set();
  listeners.set(kind, all.add(listener as Listener<never>));
  return () => all.delete(listener as Listener<never>);
}
