// What every browser test needs: a browser, a page that reports what it should not do, and a signed-in person.
import assert from 'node:assert/strict';
import { chromium } from 'playwright-core';

export const ACCOUNT = { name: 'anna', password: 'correct horse battery staple' };
export const WIDE = { width: 1440, height: 900 };
export const NARROW = { width: 390, height: 844 };

export async function launch() {
  return chromium.launch({
    executablePath: process.env.CHROMIUM ?? '/usr/bin/chromium',
    args: ['--no-sandbox', '--disable-gpu', '--disable-extensions', '--autoplay-policy=user-gesture-required', '--mute-audio'],
  });
}

/** A page of its own. `complaints` collects script errors, blocked content and requests to other places. */
export async function openPage(run, options = {}) {
  const context = await run.browser.newContext({
    viewport: options.size ?? WIDE,
    colorScheme: options.scheme ?? 'light',
    locale: options.locale ?? 'en-GB',
    timezoneId: 'Europe/Bratislava',
    ignoreHTTPSErrors: true,
    storageState: options.signedIn === false ? undefined : run.signedIn,
  });
  await context.grantPermissions(['clipboard-read', 'clipboard-write'], { origin: new URL(run.base).origin });
  const page = await context.newPage();
  page.complaints = [];
  page.on('pageerror', (error) => page.complaints.push(`script error: ${error.message}`));
  page.on('dialog', (dialog) => (page.complaints.push(`dialog: ${dialog.message()}`), dialog.dismiss()));
  page.on('console', (message) => {
    if (/Content Security Policy|Refused to/.test(message.text())) page.complaints.push(message.text());
  });
  page.on('request', (request) => {
    const { origin, protocol } = new URL(request.url());
    if (origin !== new URL(run.base).origin && protocol !== 'blob:') page.complaints.push(`request to ${request.url()}`);
  });
  page.go = (path) => page.goto(run.base + path);
  return page;
}

export async function closePage(page) {
  assert.deepEqual(page.complaints, []);
  await page.context().close();
}

export async function signIn(page, { name, password } = ACCOUNT) {
  await page.fill('input[autocomplete=username]', name);
  await page.fill('input[type=password]', password);
  await page.click('form .primary');
}

/** Signs in once; every later page of the run is this person's. */
export async function rememberSession(run) {
  const page = await openPage(run, { signedIn: false });
  await page.go('/sign-in');
  await signIn(page);
  await page.waitForSelector('nav a[href="/calls"]');
  run.signedIn = await page.context().storageState();
  await closePage(page);
}

/** Waits until a condition in the page holds. */
export async function until(page, what, condition, argument, timeout = 10_000) {
  await page.waitForFunction(condition, argument, { timeout, polling: 50 }).catch(() => {
    throw new Error(`waited in vain: ${what}`);
  });
}

/** Asks the interface as the person does. */
export async function ask(page, path) {
  return page.evaluate((address) => fetch(address).then((response) => response.json()), `/api/v1${path}`);
}

/** The newest call with sound of at least so many seconds. */
export async function callWithSound(page, seconds = 8) {
  const { calls } = await ask(page, `/calls?from=1970-01-01T00:00:00Z&recording_state=recorded&min_duration=${seconds}&limit=50`);
  assert.ok(calls.length > 0, 'no call with sound: import one first');
  return calls.at(-1);
}

/** Every page that the person may see, by a name for its picture. */
export async function placesOf(page) {
  const call = await callWithSound(page);
  const places = [['calls', '/calls?range=all'], ['call', `/calls/${call.call_id}`], ['call-signalling', `/calls/${call.call_id}?tab=signalling`], ['call-streams', `/calls/${call.call_id}?tab=streams`]];
  const may = (await ask(page, '/session')).permissions;
  places.push(['calls-none', '/calls?range=all&name=nobody-is-called-so']);
  places.push(['live', '/live']);
  const running = (await ask(page, '/live')).calls.find((each) => each.recording_id);
  if (running) places.push(['call-running', `/calls/${running.call_id}`]);
  const { calls } = await ask(page, '/calls?from=1970-01-01T00:00:00Z&limit=50');
  const twice = calls.find((each) => each.recordings.length > 1);
  if (twice) places.push(['call-comparison', `/calls/${twice.call_id}?tab=comparison`]);
  if (may.includes('status.read')) places.push(['sources', '/sources']);
  if (may.includes('imports.run')) places.push(['import', '/import'], ['lab', '/sources/lab']);
  if (may.includes('audit.read')) places.push(['audit', '/audit']);
  places.push(['settings-profile', '/settings/profile']);
  if (may.includes('settings.read')) places.push(['settings-recording', '/settings/recording'], ['settings-keys', '/settings/keys']);
  if (may.includes('accounts.manage')) places.push(['settings-accounts', '/settings/accounts']);
  places.push(['settings-api-keys', '/settings/api-keys']);
  if (may.includes('status.read')) places.push(['settings-system', '/settings/system']);
  return places;
}

/** Until the page has its heading and nothing is on its way any more. */
export async function settle(page) {
  await page.waitForSelector('h1', { state: 'attached' });
  await page.waitForTimeout(500);
}
