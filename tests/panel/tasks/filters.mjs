// The same calls for a number in three notations; filters live in the address; views keep them; keys move through the list.
import assert from 'node:assert/strict';
import { ask, closePage, openPage, until } from '../support.mjs';

const count = (page) => page.locator('.row a').count();

function notations(number) {
  const digits = number.slice(1);
  return [number, `00${digits}`, `+${digits.slice(0, 2)} (${digits.slice(2, 5)}) ${digits.slice(5, 8)}-${digits.slice(8)}`];
}

export default async function filters(run) {
  const page = await openPage(run);
  await page.go('/calls?range=all');
  await page.waitForSelector('.row a');
  const { calls } = await ask(page, '/calls?from=1970-01-01T00:00:00Z&limit=100');
  const number = calls.map((each) => each.caller_number).find((each) => each?.startsWith('+'));
  const found = [];
  for (const notation of notations(number)) {
    await page.go('/calls?range=all');
    await page.waitForSelector('.row a');
    await page.click('.bar .popover:last-of-type button:has-text("Filter")');
    await page.click('.menu button:has-text("Number")');
    await page.keyboard.type(notation);
    await page.keyboard.press('Enter');
    await until(page, 'the filter is in the address', () => location.search.includes('number='));
    await until(page, 'rows with the number', () => document.querySelector('.row a'));
    await page.waitForTimeout(400);
    found.push((await page.locator('[aria-live] span').first().textContent()).trim());
  }
  assert.equal(new Set(found).size, 1, `the same calls for each notation: ${found.join(' | ')}`);

  await page.locator('button:has-text("Views")').click();
  const name = `My view ${Date.now()}`;
  await page.fill('.panel input', name);
  await page.keyboard.press('Enter');
  await page.click('text=Clear filters');
  await page.waitForSelector('.row a');
  await page.locator('button:has-text("Views")').click();
  await page.click(`.panel button:has-text("${name}")`);
  await until(page, 'the view sets the filter', () => location.search.includes('number='));
  await page.goBack();
  await until(page, 'back takes the filter away', () => !location.search.includes('number='));

  await page.waitForSelector('.row a');
  await page.click('h1');
  await page.keyboard.press('j');
  await page.keyboard.press('j');
  await page.keyboard.press('k');
  const address = await page.getAttribute('[data-index="0"] a', 'href');
  await page.keyboard.press('Enter');
  await until(page, 'Enter opens the call', (path) => location.pathname === path, address);
  await page.keyboard.press('/');
  await until(page, '/ finds the search', () => document.activeElement?.type === 'search');
  await page.keyboard.type('nobody-is-called-so');
  await page.waitForSelector('.empty h2');
  assert.equal(await count(page), 0);
  await closePage(page);
}
