// Through thousands of rows without a stutter: nothing keeps the page busy for longer than 50 ms.
import assert from 'node:assert/strict';
import { closePage, openPage } from '../support.mjs';

const LIMIT_MS = 50;

export default async function scrolling(run) {
  const page = await openPage(run);
  await page.go('/calls?range=all');
  await page.waitForSelector('.row a');
  await page.waitForTimeout(500);
  const measured = await page.evaluate(async () => {
    const busy = [];
    new PerformanceObserver((list) => busy.push(...list.getEntries().map((each) => each.duration))).observe({ entryTypes: ['longtask'] });
    const list = document.querySelector('.scroller');
    const frames = [];
    let blank = 0;
    let last = performance.now();
    for (let step = 0; step < 400; step++) {
      list.scrollTop += 300;
      const now = await new Promise((resolve) => requestAnimationFrame(resolve));
      frames.push(now - last);
      last = now;
      if (!list.querySelector('.row a')) blank++;
    }
    frames.sort((a, b) => a - b);
    return { busy, p99: frames[Math.floor(frames.length * 0.99)], top: list.scrollTop, blank, nodes: list.querySelectorAll('.row').length };
  });
  const worst = Math.max(0, ...measured.busy);
  assert.ok(measured.nodes < 120, `only a window of rows is there, not ${measured.nodes}`);
  assert.ok(worst <= LIMIT_MS, `the page was busy for ${worst.toFixed(0)} ms`);
  await closePage(page);
  return `${(measured.top / 34).toFixed(0)} rows, 99 % of frames within ${measured.p99.toFixed(0)} ms`;
}
