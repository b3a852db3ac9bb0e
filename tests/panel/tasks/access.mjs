// axe on every page, light and dark, narrow and wide, and with menus and dialogs open.
import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { examineSample } from './lab.mjs';
import { closePage, NARROW, openPage, placesOf, settle, WIDE } from '../support.mjs';

const axe = await readFile(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8');
const RULES = { runOnly: ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa', 'best-practice'] };

async function findings(page, where) {
  await page.evaluate(axe);
  const { violations } = await page.evaluate((rules) => globalThis.axe.run(document, rules), RULES);
  return violations.flatMap((each) => each.nodes.map((node) => `${where}: ${each.id}: ${node.html.slice(0, 160)} ${node.any[0]?.message ?? node.all[0]?.message ?? ''}`));
}

/** One load of the page, four looks at it. */
async function fourLooks(page, name, found) {
  for (const scheme of ['light', 'dark'])
    for (const size of [WIDE, NARROW]) {
      await page.emulateMedia({ colorScheme: scheme });
      await page.setViewportSize(size);
      await page.waitForTimeout(150);
      found.push(...(await findings(page, `${name} ${scheme} ${size.width}`)));
    }
  await page.setViewportSize(WIDE);
}

export default async function access(run) {
  const found = [];
  const guest = await openPage(run, { signedIn: false });
  await guest.go('/sign-in');
  await settle(guest);
  await fourLooks(guest, 'sign-in', found);
  await closePage(guest);

  const page = await openPage(run);
  await page.go('/calls');
  const places = await placesOf(page);
  for (const [name, path] of places) {
    await page.go(path);
    await settle(page);
    await fourLooks(page, name, found);
  }
  await examineSample(page);
  await fourLooks(page, 'lab with a report', found);
  await page.go('/calls');
  await settle(page);
  await page.click('.bar .popover button:has-text("30")');
  await fourLooks(page, 'calls with an open editor', found);
  await page.keyboard.press('Escape');
  await page.click('h1');
  await page.keyboard.press('?');
  await page.waitForSelector('dialog');
  await fourLooks(page, 'keys', found);
  await closePage(page);
  assert.deepEqual(found, []);
  return `${places.length + 4} pages, each light and dark, narrow and wide`;
}
