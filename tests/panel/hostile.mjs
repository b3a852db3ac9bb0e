// Visits every page of a server whose calls, files, notes and names are attacks, and finds whatever of them became more than text.
//   node hostile.mjs BASE_URL PLAN.json        the plan: { calls: [{ call_id, texts }], filters, searches }
import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import { launch, openPage, rememberSession, settle } from './support.mjs';

const [base, planFile] = process.argv.slice(2);
const plan = JSON.parse(await readFile(planFile, 'utf8'));
const run = { base, browser: await launch(), signedIn: undefined };
await rememberSession(run);

const page = await openPage(run);
await page.exposeFunction('reportAttack', (text) => page.complaints.push(text));
await page.addInitScript(() => {
  Object.defineProperty(window, 'hit', { set: (mark) => window.reportAttack(`a script ran: ${mark}`), get: () => undefined });
  document.addEventListener('securitypolicyviolation', (event) => window.reportAttack(`blocked by the policy: ${event.violatedDirective} ${event.blockedURI} ${event.sample}`));
});

/** Markup that no page of ours has. */
function strangers() {
  const found = [];
  const allowedScripts = [...document.scripts].filter((each) => each.src.startsWith(location.origin + '/'));
  for (const element of document.querySelectorAll('*')) {
    const name = element.tagName.toLowerCase();
    const isOurs = name === 'script' ? allowedScripts.includes(element) : name === 'link' || name === 'meta' ? element.closest('head') : true;
    if (!isOurs || /^(iframe|object|embed|base|marquee|template|noscript|math)$/.test(name) && !element.closest('head')) found.push(`<${name}> in the page`);
    for (const { name: attribute, value } of element.attributes) {
      if (/^on/.test(attribute)) found.push(`<${name} ${attribute}>`);
      if (/^(href|src|action|formaction|data)$/.test(attribute) && (/^\s*(javascript|data:text)/i.test(value) || /evil\.invalid/.test(value) && /^\/\//.test(value))) found.push(`<${name} ${attribute}=${value}>`);
    }
  }
  if (/evil\.invalid/.test(document.querySelector('base')?.href ?? '')) found.push('another base');
  return found;
}

let looks = 0;
async function look(what) {
  looks++;
  for (const found of await page.evaluate(strangers)) page.complaints.push(`${what}: ${found}`);
  if (page.complaints.length > 0) throw new Error(`${what}:\n${page.complaints.join('\n')}`);
}

async function visit(path, what = path) {
  await page.go(path);
  await settle(page);
  await look(what);
}

const missing = [];
async function expectText(texts, what) {
  const shown = (await page.evaluate(() => document.body.textContent)).replaceAll(/\s+/g, ' ');
  for (const text of texts) if (!shown.includes(text.replaceAll(/\s+/g, ' '))) missing.push(`${what}: not shown: ${text}`);
}

// The net catches: a page that did show a text as markup would be found.
await page.go('/calls?range=all');
await settle(page);
await page.evaluate(() => document.body.insertAdjacentHTML('beforeend', '<img id="bait" src=x onerror="window.hit=1"><a id="bait2" href="javascript:1">x</a>'));
await page.waitForTimeout(300);
const caught = [...page.complaints, ...(await page.evaluate(strangers))].join('\n');
for (const expected of ['blocked by the policy', '<img onerror>', '<a href=javascript:1>']) assert.ok(caught.includes(expected), `the net does not catch: ${expected}`);
page.complaints.length = 0;

await visit('/calls?range=all');
// The list is virtual: its rows come and go.
for (let y = 0; y < 40; y++) {
  await page.mouse.wheel(0, 300);
  if (y % 5 === 4) await look(`calls, scrolled ${y}`);
}
for (const filter of plan.filters) await visit(`/calls?range=all&${filter}`, `the filter ${filter}`);
for (const [index, call] of plan.calls.entries()) {
  const what = `call ${index}`;
  await page.go(`/calls/${call.call_id}?tab=signalling`);
  await page.waitForSelector('.ladder li .time');
  await look(what);
  const shown = [];
  for (const message of await page.locator('.ladder li .time').all()) {
    await message.click();
    shown.push(await page.textContent('.ladder pre'));
    await look(`${what}, a message`);
  }
  for (const text of call.messages) if (!shown.some((each) => each.includes(text))) missing.push(`${what}: no message has ${text}`);
  await page.click('#tab-streams');
  await page.waitForTimeout(150);
  await look(`${what}, streams`);
  await page.click('#tab-notes');
  await page.waitForTimeout(150);
  await look(`${what}, notes`);
  await expectText(call.texts, what);
}
// Played from the list, the player says whose call it is on every page.
await page.go('/calls?range=all&recording_state=recorded');
await page.waitForSelector('.row .play button');
await page.keyboard.press('j');
await page.keyboard.press(' ');
await page.waitForSelector('button[aria-label="Stop and close the player"]');
await look('the player');
for (const [path, texts] of plan.pages) {
  await visit(path);
  await expectText(texts, path);
}
await page.waitForTimeout(1000);
await look('the end');
await run.browser.close();
assert.deepEqual(missing, []);
console.log(`${looks} looks, ${plan.calls.length} calls`);
