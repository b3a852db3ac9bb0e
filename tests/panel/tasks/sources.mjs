// Where calls come from: the address to give to a recording client is copied by a click; whoever is there is shown with what is peculiar.
import assert from 'node:assert/strict';
import { ask, closePage, openPage } from '../support.mjs';

export default async function sources(run) {
  const page = await openPage(run);
  await page.go('/sources');
  await page.waitForSelector('h2');
  const { siprec } = await ask(page, '/sources');
  const usable = siprec.addresses.find((each) => !each.error);
  if (!siprec.enabled) assert.ok(!(await page.textContent('main')).includes('SIPREC'), 'what cannot be used is not offered');
  if (usable) {
    await page.locator(`li:has(code:text-is("${usable.uri}")) button`).click();
    await page.waitForTimeout(200);
    assert.equal(await page.evaluate(() => navigator.clipboard.readText()), usable.uri);
  }
  assert.equal(await page.locator('article h3').count(), siprec.peers.length);
  if (siprec.peers.some((each) => each.findings.length > 0)) {
    await page.locator('article details:last-of-type summary').first().click();
    assert.ok((await page.locator('article details[open] li').count()) > 0);
  }
  await closePage(page);
  return siprec.enabled ? `${siprec.peers.length} recording clients` : 'SIPREC is off';
}
