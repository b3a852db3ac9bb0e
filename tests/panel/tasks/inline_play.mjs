// Space plays the chosen row; the player goes along to other pages.
import { closePage, openPage, until } from '../support.mjs';

export default async function inlinePlay(run) {
  const page = await openPage(run);
  await page.go('/calls?range=all&recording_state=recorded&min_duration=8');
  await page.waitForSelector('.row .play button');
  await page.keyboard.press('j');
  await page.keyboard.press(' ');
  await until(page, 'the row sounds', () => document.querySelector('audio').currentTime > 0.4);
  await page.click('nav a[href="/settings"]');
  await page.waitForSelector('section .who');
  await until(page, 'it goes on sounding', () => document.querySelector('audio').currentTime > 1);
  await page.click('button[aria-label="Stop and close the player"]');
  await until(page, 'it is silent', () => document.querySelector('audio').paused);
  await closePage(page);
}
