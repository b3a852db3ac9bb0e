// A problem as a sentence for the person: by its code, else by what the server wrote.
import { ProblemError } from '../api/client';
import { t, textOr } from './texts.svelte';

export function explain(error: unknown): string {
  if (!(error instanceof ProblemError)) return t('problem-panel', { detail: String(error) });
  const { code, status, detail } = error;
  const id = `problem-${code.replaceAll(/[._]/g, '-')}`;
  const general = status >= 500 ? 'problem-server' : status === 404 ? 'problem-not-found' : status === 403 ? 'problem-forbidden' : 'problem-other';
  return textOr(id, t(general, { detail: detail || code }), { detail: detail || code });
}
