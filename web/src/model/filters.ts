// The filters of the call list: what the address says, and what the server is asked for.
import type { operations } from '../generated/rest';

export type CallQuery = NonNullable<operations['listCalls']['parameters']['query']>;

export const FILTERS = ['number', 'name', 'result', 'direction', 'recording_state', 'duration', 'codec'] as const;
export type Filter = (typeof FILTERS)[number];

/** '' is the server's own: the last 30 days. */
export const RANGES = ['today', 'yesterday', '7d', '', 'all'] as const;

const PARAMETERS: Record<Filter, string[]> = {
  number: ['number'], name: ['name'], result: ['result'], direction: ['direction'], recording_state: ['recording_state'],
  duration: ['min_duration', 'max_duration'], codec: ['codec'],
};
const PASSED = ['number', 'name', 'result', 'direction', 'recording_state', 'min_duration', 'max_duration', 'codec', 'source', 'words'];

export function parametersOf(filter: Filter): string[] {
  return PARAMETERS[filter];
}

export function activeFilters(address: URLSearchParams): Filter[] {
  return FILTERS.filter((filter) => PARAMETERS[filter].some((name) => address.has(name)));
}

function startOfDay(date: Date, plusDays = 0): Date {
  return new Date(date.getFullYear(), date.getMonth(), date.getDate() + plusDays);
}

/** A day as a date field writes it, in the viewer's time zone; or a full time. */
function timeOf(text: string, plusDays: number): Date | undefined {
  const day = /^(\d{4})-(\d{2})-(\d{2})$/.exec(text);
  const date = day ? new Date(+day[1], +day[2] - 1, +day[3] + plusDays) : new Date(text);
  return Number.isNaN(date.getTime()) ? undefined : date;
}

export function rangeOf(address: URLSearchParams, now = new Date()): { from?: Date; to?: Date } {
  switch (address.get('range')) {
    case 'today':
      return { from: startOfDay(now) };
    case 'yesterday':
      return { from: startOfDay(now, -1), to: startOfDay(now) };
    case '7d':
      return { from: startOfDay(now, -6) };
    case 'all':
      return { from: new Date(0) };
  }
  const from = address.get('from');
  const to = address.get('to');
  return { from: from ? timeOf(from, 0) : to ? new Date(0) : undefined, to: to ? timeOf(to, 1) : undefined };
}

export function queryOf(address: URLSearchParams, now = new Date()): CallQuery {
  const { from, to } = rangeOf(address, now);
  const query: Record<string, string> = {};
  for (const name of PASSED) {
    const value = address.get(name)?.trim();
    if (value) query[name] = value;
  }
  if (from) query.from = from.toISOString();
  if (to) query.to = to.toISOString();
  return query as CallQuery;
}

/** What a saved view keeps: the filters, and not the language or the open call. */
export function viewOf(address: URLSearchParams): string {
  const kept = new URLSearchParams();
  for (const name of ['range', 'from', 'to', ...PASSED]) {
    const value = address.get(name);
    if (value) kept.set(name, value);
  }
  return kept.toString();
}

/** "90", "1:30" and "1:02:07" are lengths of time; anything else is none. */
export function secondsOf(text: string): number | null {
  if (!/^\d+(:\d{1,2}){0,2}$/.test(text.trim())) return null;
  return text.trim().split(':').reduce((sum, part) => sum * 60 + Number(part), 0);
}
