// Open a call, play it, seek, mute a side, write a note, share the second.
import assert from 'node:assert/strict';
import { callWithSound, closePage, openPage, until } from '../support.mjs';

const time = (page) => page.evaluate(() => document.querySelector('audio').currentTime);
const level = (page, index) => page.evaluate((meter) => Number(document.querySelector(`[data-meter="${meter}"]`).dataset.level ?? 0), index);

async function loudest(page, index, seconds = 4) {
  let most = 0;
  for (const end = Date.now() + seconds * 1000; Date.now() < end && most < 0.2; await page.waitForTimeout(40)) most = Math.max(most, await level(page, index));
  return most;
}

async function plays(page) {
  await page.click('.play.large');
  await until(page, 'the sound advances', () => document.querySelector('audio').currentTime > 0.6);
  assert.ok((await loudest(page, 0)) > 0.2 || (await loudest(page, 1)) > 0.2, 'a voice is heard');
}

async function seeks(page, length) {
  const box = await page.locator('.surface').boundingBox();
  await page.mouse.click(box.x + box.width * 0.6, box.y + 60);
  await until(page, 'a click moves the sound', (least) => document.querySelector('audio').currentTime > least, length * 0.45);
  const before = await time(page);
  await page.keyboard.press('ArrowLeft');
  await page.waitForTimeout(200);
  assert.ok((await time(page)) < before - 3, 'a key goes back');
  await page.keyboard.press(']');
  assert.equal(await page.evaluate(() => document.querySelector('audio').playbackRate), 1.25);
  assert.equal(await page.evaluate(() => document.querySelector('audio').preservesPitch), true);
  await page.keyboard.press('[');
}

async function mutes(page) {
  await page.evaluate(() => (document.querySelector('audio').currentTime = 0));
  await page.keyboard.press('1');
  await page.waitForTimeout(400);
  assert.ok((await loudest(page, 0, 1.5)) < 0.05, 'the muted side is silent');
  await page.keyboard.press('1');
}

async function notes(page) {
  await page.click('.play.large');
  const text = `price question ${Date.now()}`;
  await page.keyboard.press('n');
  await page.keyboard.type(text);
  await page.keyboard.press('Control+Enter');
  await page.waitForSelector(`[role=tabpanel] li:has-text("${text}")`);
  assert.ok((await page.locator('.surface .note').count()) > 0, 'the note is on the axis');
  await page.locator(`li:has-text("${text}") button`).last().click();
  await page.waitForSelector(`[role=tabpanel] li:has-text("${text}")`, { state: 'detached' });
  await page.click('.toast .button:not(.icon)');
  await page.waitForSelector(`[role=tabpanel] li:has-text("${text}")`);
}

async function shares(page) {
  await page.evaluate(() => document.querySelector('.slider').focus());
  await page.keyboard.press('Home');
  await page.keyboard.press('ArrowRight');
  await page.keyboard.press('c');
  await page.waitForTimeout(300);
  const link = await page.evaluate(() => navigator.clipboard.readText());
  assert.match(link, /\/calls\/[0-9a-f-]{36}\?t=5$/);
  await page.goto(link);
  await until(page, 'the link opens at its second', () => document.querySelector('.slider')?.getAttribute('aria-valuenow') === '5');
}

export default async function listen(run) {
  const page = await openPage(run);
  await page.go('/calls');
  const call = await callWithSound(page);
  const length = (Date.parse(call.end_at) - Date.parse(call.answer_at)) / 1000;
  await page.go(`/calls/${call.call_id}`);
  await page.waitForSelector('.timeline canvas');
  await plays(page);
  await seeks(page, length);
  await mutes(page);
  await notes(page);
  await shares(page);
  await closePage(page);
}
