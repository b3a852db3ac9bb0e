// Numbers, dates and lengths of time in the viewer's language and time zone.
import { language } from './texts.svelte';

/** The browser's own kind of the language, if it has one: days are written otherwise in Britain than in America. */
function locale(): string {
  return navigator.languages.find((each) => each.slice(0, 2).toLowerCase() === language()) ?? language();
}

const made = new Map<string, Intl.DateTimeFormat | Intl.NumberFormat | Intl.RelativeTimeFormat>();

function dates(options: Intl.DateTimeFormatOptions): Intl.DateTimeFormat {
  const key = `${language()} d ${JSON.stringify(options)}`;
  let format = made.get(key) as Intl.DateTimeFormat | undefined;
  if (!format) made.set(key, (format = new Intl.DateTimeFormat(locale(), options)));
  return format;
}

function numbers(options: Intl.NumberFormatOptions): Intl.NumberFormat {
  const key = `${language()} n ${JSON.stringify(options)}`;
  let format = made.get(key) as Intl.NumberFormat | undefined;
  if (!format) made.set(key, (format = new Intl.NumberFormat(locale(), options)));
  return format;
}

export function timeZone(): string {
  return Intl.DateTimeFormat().resolvedOptions().timeZone;
}

const CLOCK = { hour: '2-digit', minute: '2-digit', second: '2-digit', hourCycle: 'h23' } as const;

export function clock(at: string | Date): string {
  return dates(CLOCK).format(new Date(at));
}

export function clockMillis(at: string | Date): string {
  return dates({ ...CLOCK, fractionalSecondDigits: 3 }).format(new Date(at));
}

export function day(at: string | Date): string {
  const date = new Date(at);
  const thisYear = date.getFullYear() === new Date().getFullYear();
  return dates(thisYear ? { weekday: 'short', day: 'numeric', month: 'short' } : { day: 'numeric', month: 'short', year: 'numeric' }).format(date);
}

export function dayShort(at: string | Date): string {
  return dates({ day: '2-digit', month: '2-digit', year: '2-digit' }).format(new Date(at));
}

export function dateTime(at: string | Date): string {
  return dates({ day: 'numeric', month: 'short', year: 'numeric', ...CLOCK }).format(new Date(at));
}

const LONGER = [
  ['second', 60],
  ['minute', 60],
  ['hour', 24],
] as const;

/** "3 minutes ago". */
export function ago(at: string | Date, now = Date.now()): string {
  const key = `${language()} r`;
  let format = made.get(key) as Intl.RelativeTimeFormat | undefined;
  if (!format) made.set(key, (format = new Intl.RelativeTimeFormat(locale(), { numeric: 'auto' })));
  let passed = Math.max(0, Math.floor((now - new Date(at).getTime()) / 1000));
  for (const [unit, size] of LONGER) {
    if (passed < size) return format.format(-passed, unit);
    passed = Math.floor(passed / size);
  }
  return format.format(-passed, 'day');
}

export function number(value: number, digits = 0): string {
  return numbers({ maximumFractionDigits: digits }).format(value);
}

export function percent(share: number, digits = 1): string {
  return numbers({ style: 'percent', maximumFractionDigits: digits }).format(share);
}

export function milliseconds(value: number): string {
  return numbers({ style: 'unit', unit: 'millisecond', maximumFractionDigits: 1 }).format(value);
}

export function hours(seconds: number): string {
  return numbers({ style: 'unit', unit: 'hour', maximumFractionDigits: seconds < 36_000 ? 1 : 0 }).format(seconds / 3600);
}

export function bytes(value: number): string {
  const units = ['byte', 'kilobyte', 'megabyte', 'gigabyte', 'terabyte'];
  let step = 0;
  while (value >= 1000 && step < units.length - 1) {
    value /= 1000;
    step++;
  }
  return numbers({ style: 'unit', unit: units[step], maximumFractionDigits: value < 10 && step > 0 ? 1 : 0 }).format(value);
}

/** 6:41, 1:02:07; a position of the sound or how long something took. */
export function duration(seconds: number | null | undefined): string {
  if (seconds === null || seconds === undefined || !Number.isFinite(seconds)) return '–';
  const sign = seconds <= -1 ? '−' : '';
  const whole = Math.floor(Math.abs(seconds) + 1e-6);
  const two = (n: number) => String(n).padStart(2, '0');
  const h = Math.floor(whole / 3600);
  const m = Math.floor(whole / 60) % 60;
  return sign + (h > 0 ? `${h}:${two(m)}` : `${m}`) + `:${two(whole % 60)}`;
}

export function tenths(seconds: number): string {
  const tenth = Math.floor((Math.abs(seconds) % 1) * 10 + 1e-6);
  const sign = seconds < 0 && seconds > -1 && tenth > 0 ? '−' : '';
  return `${sign}${duration(seconds)}.${tenth}`;
}
