// The texts of the language in use. Reading `t` in a component makes it follow a change of language.
import { FluentBundle, FluentResource, type FluentVariable } from '@fluent/bundle';
import type { Language } from '../api/schema';
import type { MessageId } from '../generated/messages';

const sources: Record<Language, () => Promise<{ default: string[] }>> = {
  en: () => import('./texts_en'),
  es: () => import('./texts_es'),
  ru: () => import('./texts_ru'),
  sk: () => import('./texts_sk'),
};

/** What only some pages say: the findings, the lab. */
const more: typeof sources = {
  en: () => import('./texts_more_en'),
  es: () => import('./texts_more_es'),
  ru: () => import('./texts_more_ru'),
  sk: () => import('./texts_more_sk'),
};
let wantsMore = false;
let isMarked = false;

let bundle = $state.raw(new FluentBundle('en'));
let current = $state<Language>('en');

export function language(): Language {
  return current;
}

export async function useLanguage(wanted: Language, marked = false) {
  isMarked = marked;
  const parts = await Promise.all([sources[wanted](), ...(wantsMore ? [more[wanted]()] : [])]);
  const transform = marked ? (await import('./pseudo')).pseudo : undefined;
  const next = new FluentBundle(wanted, { useIsolating: false, transform });
  for (const part of parts) for (const text of part.default) next.addResource(new FluentResource(text));
  bundle = next;
  current = wanted;
  document.documentElement.lang = wanted;
}

/** For what says what is not loaded at first; until then it is said in the words of the server. */
export async function useMoreTexts() {
  if (wantsMore) return;
  wantsMore = true;
  await useLanguage(current, isMarked);
}

export type Arguments = Record<string, FluentVariable>;

function format(id: string, args?: Arguments): string | null {
  const pattern = bundle.getMessage(id)?.value;
  return pattern ? bundle.formatPattern(pattern, args) : null;
}

export function t(id: MessageId, args?: Arguments): string {
  return format(id, args) ?? id;
}

/** A text for a word that the server chose; a word that is newer than this panel is shown as it is. */
export function term(prefix: string, word: string | null | undefined): string {
  const known = word || 'unknown';
  return format(`${prefix}-${known.replaceAll(/[._]/g, '-')}`) ?? known.replaceAll('_', ' ');
}

export function hasText(id: string): boolean {
  return bundle.hasMessage(id);
}

export function textOr(id: string, fallback: string, args?: Arguments): string {
  return format(id, args) ?? fallback;
}
