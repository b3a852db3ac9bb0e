// The alarms that stand, from the status and then live.
import { api } from '../api/client';
import { listen } from '../api/events';
import type { Alarm, Status } from '../api/schema';
import { can } from './session.svelte';

let alarms = $state.raw<Alarm[]>([]);
let status = $state.raw<Status | null>(null);

export const system = {
  get alarms() {
    return alarms;
  },
  get status() {
    return status;
  },
};

export async function readStatus() {
  if (!can('status.read')) return;
  status = await api.get('/status');
  alarms = status.alarms;
}

export function followAlarms(): () => void {
  const look = () => void readStatus().catch(() => {});
  look();
  const ends = [listen('alarm', look), listen('again', look)];
  return () => ends.forEach((end) => end());
}
