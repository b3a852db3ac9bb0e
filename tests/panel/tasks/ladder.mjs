// A SIP message opens, moves the cursor, and can be read.
import assert from 'node:assert/strict';
import { callWithSound, closePage, openPage, until } from '../support.mjs';

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
  await closePage(page);
}
