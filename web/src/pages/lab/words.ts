// Words of the laboratory for what the server names by a code.
import { textOr } from '../../i18n/texts.svelte';

/** Why something is refused; what is newer than the panel is said as the server says it. */
export function refusal(code: string, text: string): string {
  return textOr(`lab-refusal-${code.replaceAll('_', '-')}`, text);
}

/** What was passed over of a request. */
export function passedOver({ code, text, detail }: { code: string; text: string; detail: string }): string {
  const words = textOr(`peculiarity-${code.replaceAll('_', '-')}`, text);
  return detail ? `${words} (${detail})` : words;
}

/** Why a message is no proper one: the server says it in a few fixed words. */
export function faultOf(words: string): string {
  return textOr(`lab-fault-${words.toLowerCase().replaceAll(/[^a-z0-9]+/g, '-')}`, words);
}
