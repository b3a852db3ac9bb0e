// A wrong password is refused; signing in returns to the address; signing out forgets.
import assert from 'node:assert/strict';
import { ACCOUNT, closePage, openPage, signIn } from '../support.mjs';

export default async function signing(run) {
  const page = await openPage(run, { signedIn: false });
  await page.go('/settings/profile');
  await page.waitForURL('**/sign-in?to=*');
  await signIn(page, { ...ACCOUNT, password: 'not the password' });
  assert.match(await page.textContent('[role=alert]'), /wrong/);
  await signIn(page);
  await page.waitForURL('**/settings/profile');
  await page.click('button[aria-label^="Your account"]');
  await page.click('text=Sign out');
  await page.waitForURL('**/sign-in');
  await page.go('/calls');
  await page.waitForURL('**/sign-in*');
  assert.equal(await page.locator('.row').count(), 0);
  await closePage(page);
}
