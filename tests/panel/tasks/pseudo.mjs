// In the marked language every text of ours ends in points; a text without them is not translatable.
import assert from 'node:assert/strict';
import { closePage, NARROW, openPage, placesOf, settle, WIDE } from '../support.mjs';
import { examineSample } from './lab.mjs';
import { cutTexts } from '../cut.mjs';

function unmarked(page) {
  return page.evaluate(() => {
    const DATA = 'bdi, code, pre, kbd, option[lang], .code, time, script, style, [data-data], .hidden-text';
    const DATES = /^(mon|tue|wed|thu|fri|sat|sun|jan|feb|mar|apr|may|jun|jul|aug|sept?|oct|nov|dec|ms|hrs?|[gmkt]b|byte)$/i;
    const found = [];
    const walker = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
    for (let node = walker.nextNode(); node; node = walker.nextNode()) {
      const text = node.data.trim();
      const words = (text.match(/\p{L}{2,}/gu) ?? []).filter((word) => !DATES.test(word));
      if (words.length === 0 || text.includes('·') || node.parentElement.closest(DATA)) continue;
      found.push(text.slice(0, 80));
    }
    for (const element of document.querySelectorAll('[aria-label], [title], [placeholder]'))
      for (const name of ['aria-label', 'title', 'placeholder']) {
        const text = element.getAttribute(name) ?? '';
        const isData = element.matches('bdi, .party, .note, pre') || /^[\d:.,\s/]*$/.test(text) || element.closest('.time') || name === 'title' && element.closest('.popover, .point');
        if (/\p{L}{3,}/u.test(text) && !text.includes('·') && !isData) found.push(`${name}: ${text.slice(0, 80)}`);
      }
    return found;
  });
}

export default async function pseudo(run) {
  const found = [];
  for (const size of [WIDE, NARROW]) {
    const page = await openPage(run, { size });
    await page.go('/calls');
    for (const [name, path] of await placesOf(page)) {
      await page.go(`${path}${path.includes('?') ? '&' : '?'}lang=pseudo`);
      await settle(page);
      for (const text of await unmarked(page)) found.push(`${name} ${size.width}: not translatable: ${text}`);
      for (const text of await cutTexts(page, { isLonger: true })) found.push(`${name} ${size.width}: ${text}`);
    }
    await examineSample(page, '?lang=pseudo');
    await settle(page);
    for (const text of await unmarked(page)) found.push(`lab report ${size.width}: not translatable: ${text}`);
    for (const text of await cutTexts(page, { isLonger: true })) found.push(`lab report ${size.width}: ${text}`);
    await closePage(page);
  }
  assert.deepEqual([...new Set(found)], []);
}
