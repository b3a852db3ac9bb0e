// A picture of every page in every language, narrow and wide; nothing sticks out of the screen.
import assert from 'node:assert/strict';
import { mkdir } from 'node:fs/promises';
import { ask, closePage, NARROW, openPage, placesOf, settle, WIDE } from '../support.mjs';
import { examineSample } from './lab.mjs';
import { cutTexts } from '../cut.mjs';

/** A report is read from its head to its end. */
const REPORT_HEIGHT = 4000;

async function take(run, page, name, found) {
  await settle(page);
  await page.screenshot({ path: `${run.pictures}/${name}.png` });
  for (const each of await cutTexts(page)) found.push(`${name}: ${each}`);
}

export default async function pictures(run) {
  await mkdir(run.pictures, { recursive: true });
  const found = [];
  for (const language of ['en', 'es', 'ru', 'sk'])
    for (const [kind, size] of [['wide', WIDE], ['narrow', NARROW]]) {
      const scheme = language === 'ru' ? 'dark' : 'light';
      const guest = await openPage(run, { signedIn: false, size, scheme });
      await guest.go(`/sign-in?lang=${language}`);
      await take(run, guest, `sign-in-${language}-${kind}`, found);
      await closePage(guest);
      const page = await openPage(run, { size, scheme });
      await page.go('/calls');
      for (const [name, path] of await placesOf(page)) {
        await page.go(`${path}${path.includes('?') ? '&' : '?'}lang=${language}`);
        await take(run, page, `${name}-${language}-${kind}`, found);
      }
      if ((await ask(page, '/session')).permissions.includes('imports.run')) {
        await examineSample(page, `?lang=${language}`);
        await page.setViewportSize({ ...size, height: REPORT_HEIGHT });
        await take(run, page, `lab-report-${language}-${kind}`, found);
      }
      await closePage(page);
    }
  assert.deepEqual(found, []);
}
