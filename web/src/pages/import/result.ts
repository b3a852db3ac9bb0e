import type { Job } from '../../api/schema';

/** The calls of an import: the span of time that it tells, or all that there are. */
export function callsOf(job: Job): string {
  const { first_at, last_at } = job.result as { first_at?: string; last_at?: string };
  if (!first_at || !last_at) return '/calls?range=all';
  const after = new Date(Date.parse(last_at) + 1000).toISOString();
  return `/calls?from=${encodeURIComponent(first_at)}&to=${encodeURIComponent(after)}`;
}
