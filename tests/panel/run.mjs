// Does in a browser what people do:  node run.mjs BASE_URL [--secret SECRET] [--capture FILE] [--pair FILE --pair FILE] [--pictures DIR] [TASK…]
// With a secret the server is new and its first run is done before all else. The account is ACCOUNT of support.mjs.
import { readdir } from 'node:fs/promises';
import { parseArgs } from 'node:util';
import { launch, rememberSession } from './support.mjs';

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: { secret: { type: 'string' }, capture: { type: 'string' }, pair: { type: 'string', multiple: true }, pictures: { type: 'string', default: 'pictures' } },
});
const [base, ...wanted] = positionals;
if (!base) throw new Error('give the address of the server');

const run = { base: base.replace(/\/$/, ''), ...values, browser: await launch(), signedIn: undefined };
const folder = new URL('./tasks/', import.meta.url);
const names = (await readdir(folder)).map((name) => name.replace('.mjs', '')).filter((name) => name !== 'first_run').sort();
const chosen = [...(run.secret ? ['first_run'] : []), ...(wanted.length > 0 ? wanted : names)];

/** A list of findings may be long; a browser's log is longer and tells nothing. */
const LONGEST = 6000;
let passed = 0;
for (const name of chosen) {
  const began = Date.now();
  try {
    if (!run.signedIn && name !== 'first_run') await rememberSession(run);
    const { default: task } = await import(new URL(`${name}.mjs`, folder));
    const note = await task(run);
    passed++;
    console.log(`ok      ${name}  ${((Date.now() - began) / 1000).toFixed(1)} s${note ? `  ${note}` : ''}`);
  } catch (error) {
    console.log(`FAILED  ${name}\n${error.stack.slice(0, LONGEST)}`);
    if (!run.signedIn) break;
  }
}
await run.browser.close();
console.log(`${passed} of ${chosen.length} tasks passed`);
process.exitCode = passed === chosen.length ? 0 : 1;
