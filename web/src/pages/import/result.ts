import type { Job } from '../../api/schema';

/** The calls of an import: those of the span of time that it tells, or all that there are. */
export function callsOf(job: Job): string {
  const { from, to } = job.result as { from?: string | null; to?: string | null };
  if (!from || !to) return '/calls?range=all';
  const after = new Date(Date.parse(to) + 1000).toISOString();
  return `/calls?from=${encodeURIComponent(from)}&to=${encodeURIComponent(after)}`;
}
