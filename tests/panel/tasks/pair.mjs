// What two recorders got of one session is one call with two recordings, compared on its page; the call that a transfer made of it is a click away.
import assert from 'node:assert/strict';
import { ask, closePage, openPage, until } from '../support.mjs';

export default async function pair(run) {
  if (!run.pair) return 'no pair of captures was given';
  const page = await openPage(run);
  await page.go('/import');
  await page.setInputFiles('[data-files]', run.pair);
  const names = run.pair.map((path) => path.split('/').at(-1));
  await until(page, 'both are imported', (wanted) => wanted.every((name) => [...document.querySelectorAll('[data-job=done]')].some((each) => each.textContent.includes(name))), names, 60_000);
  const { calls } = await ask(page, '/calls?from=1970-01-01T00:00:00Z&source=siprec');
  assert.deepEqual(calls.map((each) => each.recordings.length), [2, 2]);
  const [first, second] = [...calls].sort((a, b) => a.start_at.localeCompare(b.start_at));

  await page.go(`/calls/${first.call_id}`);
  await page.click('#tab-comparison');
  await page.waitForSelector('#tab-panel .tone-good');
  assert.match(await page.textContent('#tab-panel'), /Both recordings hold the same/);
  assert.equal(await page.locator('#tab-panel tbody tr').count(), 2);

  assert.match(await page.textContent('nav.related'), /after the transfer/);
  await page.click(`nav.related a[href="/calls/${second.call_id}"]`);
  await until(page, 'the other call is open', (id) => location.pathname.endsWith(id) && document.querySelector('nav.related'), second.call_id);
  await until(page, 'it leads back', (id) => document.querySelector(`nav.related a[href="/calls/${id}"]`)?.textContent.includes('before the transfer'), first.call_id);
  await closePage(page);
}
