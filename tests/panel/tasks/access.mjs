// axe on every page, light and dark, narrow and wide, and with menus and dialogs open.
import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { closePage, NARROW, openPage, placesOf, settle, WIDE } from '../support.mjs';

const axe = await readFile(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8');
const RULES = { runOnly: ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa', 'best-practice'] };

async function findings(page, where) {
  await page.evaluate(axe);
  const { violations } = await page.evaluate((rules) => globalThis.axe.run(document, rules), RULES);
  return violations.flatMap((each) => each.nodes.map((node) => `${where}: ${each.id}: ${node.html.slice(0, 160)} ${node.any[0]?.message ?? node.all[0]?.message ?? ''}`));
}

export default async function access(run) {
  const found = [];
  let pages = 0;
  for (const scheme of ['light', 'dark'])
    for (const size of [WIDE, NARROW]) {
      const where = (name) => `${name} ${scheme} ${size.width}`;
      const guest = await openPage(run, { signedIn: false, scheme, size });
      await guest.go('/sign-in');
      await settle(guest);
      found.push(...(await findings(guest, where('sign-in'))));
      await closePage(guest);
      const page = await openPage(run, { scheme, size });
      await page.go('/calls');
      for (const [name, path] of await placesOf(page)) {
        await page.go(path);
        await settle(page);
        found.push(...(await findings(page, where(name))));
        pages++;
      }
      await page.go('/calls');
      await settle(page);
      await page.click('.bar .popover button:has-text("30")');
      found.push(...(await findings(page, where('calls with an open editor'))));
      await page.keyboard.press('Escape');
      await page.click('h1');
      await page.keyboard.press('?');
      await page.waitForSelector('dialog');
      found.push(...(await findings(page, where('keys'))));
      await closePage(page);
    }
  assert.deepEqual(found, []);
  return `${pages} pages`;
}
