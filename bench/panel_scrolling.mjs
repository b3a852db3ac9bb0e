// Times the frames of the panel's list of calls while somebody scrolls through a large log:
//   node bench/panel_scrolling.mjs BASE_URL [SECONDS]
// The account is ACCOUNT of tests/panel/support.mjs; needs `npm ci` in tests/panel. Ends with 1 if a frame took longer than
// 50 ms. On a machine that is busy otherwise frames wait for the processor: the longest task tells what the page itself did.
import { closePage, launch, openPage, rememberSession } from '../tests/panel/support.mjs';

const LIMIT_MS = 50;
const [base, seconds = '30'] = process.argv.slice(2);
if (!base) throw new Error('give the address of the server');

/** Scrolls on with every frame, now slowly, now a screen at a time, and gives the time of each frame. */
function scroll(milliseconds) {
  return new Promise((resolve) => {
    const list = document.querySelector('.scroller');
    const frames = [];
    let blank = 0;
    const began = performance.now();
    let last = began;
    const step = (now) => {
      frames.push(now - last);
      last = now;
      if (!list.querySelector('.row a')) blank++;
      list.scrollTop += frames.length % 200 < 150 ? 120 : 900;
      if (now - began < milliseconds) requestAnimationFrame(step);
      else resolve({ frames: frames.slice(1), blank, rows: Number([...list.querySelectorAll('[data-index]')].at(-1)?.dataset.index) });
    };
    requestAnimationFrame(step);
  });
}

const run = { base: base.replace(/\/$/, ''), browser: await launch() };
await rememberSession(run);
const page = await openPage(run);
await page.go('/calls?range=all');
await page.waitForSelector('.row a');
await page.waitForTimeout(1000);
await page.evaluate(() => {
  window.tasks = [];
  new PerformanceObserver((list) => window.tasks.push(...list.getEntries().map((entry) => entry.duration))).observe({ entryTypes: ['longtask'] });
});
const seen = await page.evaluate(scroll, Number(seconds) * 1000);
const tasks = await page.evaluate(() => window.tasks);
await closePage(page);
await run.browser.close();

const sorted = seen.frames.sort((a, b) => a - b);
const at = (share) => sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))].toFixed(1);
const long = sorted.filter((each) => each > LIMIT_MS).length;
console.log(`${sorted.length} frames over ${seen.rows} rows: p50 ${at(0.5)} ms, p95 ${at(0.95)} ms, p99 ${at(0.99)} ms, max ${at(1)} ms`);
console.log(`${long} frames over ${LIMIT_MS} ms, ${seen.blank} without rows; ${tasks.length} tasks over 50 ms, the longest ${Math.max(0, ...tasks).toFixed(0)} ms`);
process.exitCode = long > 0 ? 1 : 0;
