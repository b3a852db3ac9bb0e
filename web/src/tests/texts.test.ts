import { describe, expect, it } from 'vitest';
// @ts-expect-error: a tool without types
import { compareLanguages, differingFindings, textIn, textsInComponents, unusedMessages } from '../../tools/check_texts.mjs';

describe('texts', () => {
  it('are the same in all languages', async () => expect(await compareLanguages()).toEqual([]));
  it('are not written into components', async () => expect(await textsInComponents()).toEqual([]));
  it('are all used', async () => expect(await unusedMessages()).toEqual([]));

  it('say of each finding in English what the program says', async () => expect(await differingFindings()).toEqual([]));

  it('are found where they do not belong', () => {
    expect(textIn('<p>Hello</p>', 'x')).toHaveLength(1);
    expect(textIn('<p title="Hello">{a}</p>', 'x')).toHaveLength(1);
    expect(textIn('<p class="hello" title={t("a")}>{t("b")} → 3:07</p>', 'x')).toEqual([]);
  });
});
