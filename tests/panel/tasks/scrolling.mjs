// Through thousands of rows without a stutter. What counts is the processor time of the page's longest task: the
// time by the clock tells more of what else the computer does.
import assert from 'node:assert/strict';
import { closePage, openPage } from '../support.mjs';

const LIMIT_MS = 50;

async function scroll(page) {
  return page.evaluate(async () => {
    const list = document.querySelector('.scroller');
    let blank = 0;
    for (let step = 0; step < 150; step++) {
      list.scrollTop += 300;
      await new Promise((resolve) => requestAnimationFrame(resolve));
      if (!list.querySelector('.row a')) blank++;
    }
    return { top: list.scrollTop, blank, nodes: list.querySelectorAll('.row').length };
  });
}

/** Processor time in ms of each task of the page's main thread. */
function tasksOf(trace) {
  const { traceEvents } = JSON.parse(trace);
  const main = traceEvents.filter((each) => each.name === 'thread_name' && each.args.name === 'CrRendererMain').map((each) => `${each.pid}/${each.tid}`);
  return traceEvents.filter((each) => each.name.endsWith('RunTask') && each.tdur !== undefined && main.includes(`${each.pid}/${each.tid}`)).map((each) => each.tdur / 1000);
}

export default async function scrolling(run) {
  const page = await openPage(run);
  await page.go('/calls?range=all');
  await page.waitForSelector('.row a');
  await page.waitForTimeout(500);
  await scroll(page);
  await page.evaluate(() => (document.querySelector('.scroller').scrollTop = 0));
  await page.waitForTimeout(500);
  await run.browser.startTracing(page, { categories: ['toplevel', 'disabled-by-default-devtools.timeline', '__metadata'] });
  const seen = await scroll(page);
  const tasks = tasksOf((await run.browser.stopTracing()).toString()).sort((a, b) => a - b);
  assert.ok(tasks.length > 150, 'the trace holds the tasks');
  assert.ok(seen.nodes < 120, `only a window of rows is there, not ${seen.nodes}`);
  const worst = tasks.at(-1);
  assert.ok(worst <= LIMIT_MS, `the page was busy for ${worst.toFixed(0)} ms`);
  await closePage(page);
  return `${(seen.top / 34).toFixed(0)} rows, longest task ${worst.toFixed(1)} ms, 99 % within ${tasks[Math.floor(tasks.length * 0.99)].toFixed(1)} ms, ${seen.blank} frames without rows`;
}
