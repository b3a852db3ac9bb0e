// Live events. The browser connects again by itself; whoever listens is told then, to read anew what it missed.
import { address } from './client';
import type { Alarm, Job } from './schema';

interface Events {
  call: { call_id: string };
  job: Job;
  alarm: Alarm[];
  session: unknown;
  /** The stream was interrupted and is back. */
  again: null;
}
type Listener<K extends keyof Events> = (data: Events[K]) => void;

const listeners = new Map<keyof Events, Set<Listener<never>>>();
let source: EventSource | null = null;

function tell<K extends keyof Events>(kind: K, data: Events[K]) {
  for (const listener of listeners.get(kind) ?? []) (listener as Listener<K>)(data);
}

export function startEvents() {
  if (source) return;
  source = new EventSource(address('/events'));
  let opened = false;
  source.onopen = () => {
    if (opened) tell('again', null);
    opened = true;
  };
  for (const kind of ['call', 'job', 'alarm', 'session'] as const)
    source.addEventListener(kind, (event) => {
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
