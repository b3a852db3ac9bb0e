import type { Language } from '../api/schema';

export const LANGUAGES: readonly Language[] = ['en', 'es', 'ru', 'sk'];

/** What a speaker of the language looks for: its own name, the same in every language. */
export const OWN_NAMES: Record<Language, string> = { en: 'English', es: 'Español', ru: 'Русский', sk: 'Slovenčina' };

export function isLanguage(text: string | null | undefined): text is Language {
  return LANGUAGES.includes(text as Language);
}

/** The first of the browser's languages that we have. */
export function browserLanguage(wanted: readonly string[] = navigator.languages): Language {
  return wanted.map((each) => each.slice(0, 2).toLowerCase()).find(isLanguage) ?? 'en';
}
