// Drop two files, one of them no capture; watch; open the calls; the list is there after a reload.
import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import { closePage, openPage, until } from '../support.mjs';

const SAMPLE = fileURLToPath(new URL('../../../sample/sample.pcapng', import.meta.url));

export default async function importFiles(run) {
  const page = await openPage(run);
  await page.go('/import');
  const capture = { name: 'office.pcapng', mimeType: 'application/octet-stream', buffer: await readFile(run.capture ?? SAMPLE) };
  await page.setInputFiles('[data-files]', [capture, { name: 'letter.txt', mimeType: 'text/plain', buffer: Buffer.from('no capture at all') }]);
  await until(page, 'both files come to an end', () => {
    const states = [...document.querySelectorAll('[data-job]')].slice(0, 2).map((each) => each.dataset.job);
    return states.includes('done') && states.includes('failed');
  }, null, 60_000);
  assert.match(await page.textContent('[data-job=failed]'), /capture/);
  await page.reload();
  await page.waitForSelector('[data-job=done]');
  await page.locator('[data-job=done] a').first().click();
  await page.waitForSelector('.row a');
  assert.match(page.url(), /\/calls\?(from=|range=all)/);
  await closePage(page);
}
