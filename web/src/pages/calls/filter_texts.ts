// What the filters are called and what their chips say.
import { DIRECTIONS, RECORDING_STATES, RESULTS } from '../../api/schema';
import { duration } from '../../i18n/format';
import { t, term } from '../../i18n/texts.svelte';
import type { Filter } from '../../model/filters';

const OPTIONS: Partial<Record<Filter, { prefix: string; words: readonly string[] }>> = {
  result: { prefix: 'result', words: RESULTS },
  direction: { prefix: 'direction', words: DIRECTIONS },
  recording_state: { prefix: 'recording', words: RECORDING_STATES },
};

export function optionsOf(filter: Filter): { value: string; label: string }[] | null {
  const options = OPTIONS[filter];
  return options ? options.words.map((value) => ({ value, label: term(options.prefix, value) })) : null;
}

function durationText(address: URLSearchParams): string {
  const [min, max] = ['min_duration', 'max_duration'].map((name) => address.get(name));
  if (min && max) return t('chip-duration-between', { min: duration(+min), max: duration(+max) });
  if (min) return t('chip-duration-min', { min: duration(+min) });
  return max ? t('chip-duration-max', { max: duration(+max) }) : t('filter-duration');
}

export function chipText(filter: Filter, address: URLSearchParams): string {
  if (filter === 'duration') return durationText(address);
  const value = address.get(filter);
  if (!value) return t(`filter-${filter}`);
  const options = OPTIONS[filter];
  return t('chip', { filter: t(`filter-${filter}`), value: options ? term(options.prefix, value) : value });
}
