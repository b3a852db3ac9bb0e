// Short notices at the bottom: something was done, perhaps with a way back.
import { untrack } from 'svelte';

export interface Toast {
  id: number;
  text: string;
  kind: 'done' | 'problem';
  action?: { label: string; run: () => void };
}

const LASTS_MS = 8000;
let all = $state<Toast[]>([]);
let last = 0;

export const toasts = {
  get all() {
    return all;
  },
};

export function dismiss(id: number) {
  all = all.filter((each) => each.id !== id);
}

export function toast(text: string, options: Partial<Pick<Toast, 'kind' | 'action'>> = {}) {
  const id = ++last;
  untrack(() => (all = [...all.slice(-2), { id, text, kind: options.kind ?? 'done', action: options.action }]));
  setTimeout(() => dismiss(id), LASTS_MS);
}
