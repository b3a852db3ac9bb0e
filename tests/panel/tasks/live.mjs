// What is imported in one window arrives in the other without a reload.
import { fileURLToPath } from 'node:url';
import { closePage, openPage, until } from '../support.mjs';

const SAMPLE = fileURLToPath(new URL('../../../sample/sample.pcapng', import.meta.url));

export default async function live(run) {
  const watcher = await openPage(run);
  await watcher.go('/import');
  await watcher.waitForSelector('.zone');
  const before = await watcher.locator('[data-job]').count();
  const page = await openPage(run);
  await page.go('/import');
  await page.setInputFiles('[data-files]', run.capture ?? SAMPLE);
  await until(watcher, 'the job appears in the other window', (count) => document.querySelectorAll('[data-job]').length > count, before, 30_000);
  await until(watcher, 'and comes to its end there', () => document.querySelector('[data-job]').dataset.job === 'done', null, 60_000);
  await closePage(page);
  await closePage(watcher);
}
