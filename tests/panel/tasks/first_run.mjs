// From the printed link to the first call, heard.
import assert from 'node:assert/strict';
import { ACCOUNT, closePage, openPage, until } from '../support.mjs';

export default async function firstRun(run) {
  const page = await openPage(run, { signedIn: false });
  await page.go('/');
  await page.waitForURL('**/setup');
  await page.go('/setup#secret=wrong');
  await page.reload();
  await page.fill('input[autocomplete=username]', ACCOUNT.name);
  await page.fill('input[type=password]', ACCOUNT.password);
  await page.click('form .primary');
  await page.waitForSelector('[role=alert]');

  await page.go(`/setup#secret=${run.secret}`);
  await page.reload();
  await page.fill('input[autocomplete=username]', ACCOUNT.name);
  await page.fill('input[autocomplete=name]', 'Anna Adams');
  await page.fill('input[type=password]', ACCOUNT.password);
  await page.check('input[type=checkbox]');
  await page.click('form .primary');

  await page.check('input[type=radio][value=all]');
  await page.click('form .primary');
  await page.waitForSelector('textarea[aria-invalid=true]');
  await page.fill('textarea', 'Consent by announcement');
  await page.click('form .primary');

  await page.click('text=Show the recovery key');
  const key = (await page.textContent('.key')).trim();
  await page.fill('form input', '12345678');
  await page.click('form .primary');
  await page.waitForSelector('[role=alert]');
  await page.fill('form input', key.slice(-10));
  await page.click('form .primary');

  await page.waitForSelector('.pulse');
  await page.click('text=Load the sample');
  await until(page, 'the first call appears by itself', () => document.querySelector('section a[href^="/calls/"]'), null, 60_000);
  await page.click('section a[href^="/calls/"]');
  await page.waitForSelector('.timeline');
  assert.equal(await page.locator('.play.large').count(), 1, 'who listens can play');
  await closePage(page);
}
