// A SIP message opens, moves the cursor, and can be read; so do the reports of agents.
import assert from 'node:assert/strict';
import { ask, callWithSound, closePage, openPage, until } from '../support.mjs';

export default async function ladder(run) {
  const page = await openPage(run);
  await page.go('/calls');
  const call = await callWithSound(page);
  await page.go(`/calls/${call.call_id}?tab=signalling`);
  await page.waitForSelector('.ladder li');
  const before = await page.getAttribute('.slider', 'aria-valuenow');
  await page.locator('.ladder li .time').last().click();
  await until(page, 'the cursor moves', (was) => document.querySelector('.slider').getAttribute('aria-valuenow') !== was, before);
  await page.locator('.ladder li .time').first().click();
  assert.match(await page.textContent('.ladder pre'), /^INVITE [^]*Call-ID/);
  const { reports } = await ask(page, `/calls/${call.call_id}/messages`);
  assert.deepEqual(await page.locator('section:has(> h2:text-is("Reports of agents")) pre').allTextContents(), reports.map((each) => each.text));
  if (reports.length > 0) {
    const at = await page.getAttribute('.slider', 'aria-valuenow');
    await page.locator('section:has(> h2:text-is("Reports of agents")) .time').last().click();
    await until(page, 'the cursor moves', (was) => document.querySelector('.slider').getAttribute('aria-valuenow') !== was, at);
  }
  await closePage(page);
  return `${reports.length} reports of agents`;
}
