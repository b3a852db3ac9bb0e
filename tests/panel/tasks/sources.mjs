// Where calls come from: the address to give to a recording client or HEP agent is copied by a click; whoever is there is shown with what is peculiar.
import assert from 'node:assert/strict';
import { ask, closePage, NARROW, openPage, until, WIDE } from '../support.mjs';

/** `address` is copied by the button beside it. */
async function copy(page, address) {
  await page.locator(`li:has(code:text-is("${address}")) button`).click();
  await page.waitForTimeout(200);
  assert.equal(await page.evaluate(() => navigator.clipboard.readText()), address);
}

/** In a table, on a phone as cards. */
async function agents(page, hep) {
  assert.equal(await page.locator('h2:text-is("HEP agents")').count(), hep.enabled ? 1 : 0);
  if (!hep.enabled) return;
  await copy(page, hep.addresses[0].address);
  const section = page.locator('section:has(> h2:text-is("HEP agents"))');
  assert.equal(await section.locator('.refused').count(), hep.refused ? 1 : 0);
  if (hep.agents.length === 0) assert.match(await section.locator('.empty').textContent(), /Kamailio/);
  const rows = await section.locator('tbody tr').allTextContents();
  assert.equal(rows.length, hep.agents.length);
  hep.agents.forEach(({ address, name, id, trouble }, index) => [address, name || String(id), trouble].forEach((text) => assert.ok(rows[index].includes(text), `${text} in ${rows[index]}`)));
  await page.setViewportSize(NARROW);
  await until(page, 'cards instead of the table', (count) => !document.querySelector('tbody tr time') && document.querySelectorAll('article dd time').length >= count, hep.agents.length);
  assert.ok(await page.evaluate(() => document.documentElement.scrollWidth <= innerWidth), 'nothing is wider than the screen');
  await page.setViewportSize(WIDE);
}

export default async function sources(run) {
  const page = await openPage(run);
  await page.go('/sources');
  await page.waitForSelector('h2');
  const { siprec, hep } = await ask(page, '/sources');
  const usable = siprec.addresses.find((each) => !each.error);
  if (!siprec.enabled) assert.ok(!(await page.textContent('main')).includes('SIPREC'), 'what cannot be used is not offered');
  if (usable) await copy(page, usable.uri);
  assert.equal(await page.locator('article h3').count(), siprec.peers.length);
  if (siprec.peers.some((each) => each.findings.length > 0)) {
    await page.locator('article details:last-of-type summary').first().click();
    assert.ok((await page.locator('article details[open] li').count()) > 0);
  }
  await agents(page, hep);
  await closePage(page);
  return `${siprec.enabled ? `${siprec.peers.length} recording clients` : 'SIPREC is off'}, ${hep.enabled ? `${hep.agents.length} HEP agents` : 'HEP is off'}`;
}
