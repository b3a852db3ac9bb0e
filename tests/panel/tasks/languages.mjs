// The language switch: before signing in the page's, then the account's, which stays.
import assert from 'node:assert/strict';
import { closePage, openPage, until } from '../support.mjs';

const speaks = (page, language) => until(page, `the page speaks ${language}`, (wanted) => document.documentElement.lang === wanted, language);

async function choose(page, language) {
  await page.click('header button:has(.code)');
  await page.click(`.menu button[lang=${language}]`);
  await speaks(page, language);
}

export default async function languages(run) {
  const guest = await openPage(run, { signedIn: false, locale: 'ru-RU' });
  await guest.go('/sign-in');
  await speaks(guest, 'ru');
  assert.equal(await guest.textContent('h1'), 'Вход');
  await choose(guest, 'es');
  assert.equal(await guest.textContent('h1'), 'Iniciar sesión');
  await closePage(guest);

  const page = await openPage(run);
  await page.go('/calls');
  await page.waitForSelector('nav');
  await choose(page, 'sk');
  await page.waitForTimeout(300);
  await page.reload();
  await speaks(page, 'sk');
  assert.equal(await page.textContent('h1'), 'Hovory');
  await choose(page, 'en');
  await page.waitForTimeout(300);
  await closePage(page);
}
