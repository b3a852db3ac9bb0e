import type { Alarm } from '../api/schema';
import { textOr, t } from './texts.svelte';

/** An alarm as a sentence; the values that it carries may be missing, so each text works without them. */
export function alarmText(alarm: Alarm): string {
  const id = `alarm-${alarm.code.replaceAll('_', '-')}`;
  return textOr(id, t('alarm-other', { detail: alarm.detail }), { detail: alarm.detail });
}
