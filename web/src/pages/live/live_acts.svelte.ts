// Pausing, resuming and ending a recording that goes on: each needs a reason, which the audit log keeps.
import { api } from '../../api/client';
import type { LiveCall } from '../../api/schema';
import { t } from '../../i18n/texts.svelte';
import { readLive } from '../../state/live_calls.svelte';
import { toast } from '../../state/toasts.svelte';

export const ACTS = ['pause', 'resume', 'stop'] as const;
export type Act = (typeof ACTS)[number];

/** What is being asked about now. */
export class Asking {
  about = $state.raw<{ act: Act; call: LiveCall } | null>(null);

  begin(act: Act, call: LiveCall) {
    this.about = { act, call };
  }
  end() {
    this.about = null;
  }
}

export async function carryOut(act: Act, call: LiveCall, reason: string) {
  const request = { path: { call_id: call.call_id }, body: { reason } };
  if (act === 'pause') await api.post('/live/{call_id}/pause', request);
  else if (act === 'resume') await api.post('/live/{call_id}/resume', request);
  else await api.post('/live/{call_id}/stop', request);
  toast(t(`live-done-${act}`));
  await readLive();
}
