// Tells the server that somebody is here: input counts, and so does a recording that plays.
import { api } from '../api/client';
import { player } from './player.svelte';
import { session } from './session.svelte';

const INTERVAL_MS = 60_000;
let touched = false;

export function startActivity() {
  for (const kind of ['keydown', 'pointerdown', 'wheel'])
    window.addEventListener(kind, () => (touched = true), { passive: true, capture: true });
  setInterval(() => {
    if (!session.me || !(touched || player.playing)) return;
    touched = false;
    void api.post('/session/activity').catch(() => {});
  }, INTERVAL_MS);
}
