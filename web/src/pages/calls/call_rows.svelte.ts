// The rows of the list: pages behind each other by key. Only those near the screen are kept.
import { api } from '../../api/client';
import type { Call } from '../../api/schema';
import type { CallQuery } from '../../model/filters';

export const PAGE = 100;
const KEPT_PAGES = 6;
const AHEAD = 150;

interface Page {
  /** The key after which the page begins; null for the first. */
  after: string | null;
  calls: Call[] | null;
  count: number;
}

export class CallRows {
  total = $state(0);
  loading = $state(true);
  complete = $state(false);
  problem = $state.raw<unknown>(null);
  /** New calls that arrived while the reader was further down. */
  waiting = $state(0);
  /** Grows with every change of a row, so that whoever shows rows reads them again. */
  version = $state(0);

  private pages: Page[] = [];
  private next: string | null = null;
  private busy = new Set<number>();
  private aborter = new AbortController();
  private query: CallQuery = {};

  start(query: CallQuery): Promise<void> {
    this.query = query;
    return this.reload();
  }

  stop() {
    this.aborter.abort();
  }

  at(index: number): Call | undefined {
    void this.version;
    return this.pages[Math.floor(index / PAGE)]?.calls?.[index % PAGE];
  }

  indexOf(callId: string): number {
    for (const [number, page] of this.pages.entries()) {
      const index = page.calls?.findIndex((each) => each.call_id === callId) ?? -1;
      if (index >= 0) return number * PAGE + index;
    }
    return -1;
  }

  /** Reads the first page again and forgets the others. */
  async reload() {
    this.aborter.abort();
    this.aborter = new AbortController();
    this.busy.clear();
    this.loading = true;
    this.problem = null;
    const { signal } = this.aborter;
    try {
      const page = await this.read(null, signal);
      this.pages = [{ after: null, calls: page.calls, count: page.calls.length }];
      this.next = page.next;
      this.waiting = 0;
      this.changed();
    } catch (error) {
      if (signal.aborted) return;
      this.problem = error;
      this.pages = [];
      this.next = null;
      this.changed();
    }
    this.loading = false;
  }

  /** Sees to it that the rows are there, and a few after them. */
  need(first: number, end: number) {
    if (this.loading) return;
    const from = Math.max(0, Math.floor((first - AHEAD / 2) / PAGE));
    const to = Math.floor((end + AHEAD) / PAGE);
    for (let number = from; number <= to && number < this.pages.length; number++)
      if (!this.pages[number].calls) void this.fill(number);
    if (to >= this.pages.length && this.next) void this.append();
    this.drop(from, to);
  }

  /** A call began or changed: its row, or a new row at the top. */
  async arrived(callIds: ReadonlySet<string>, atTop: boolean) {
    const { signal } = this.aborter;
    const page = await this.read(null, signal).catch(() => null);
    if (!page || signal.aborted || this.loading) return;
    if (atTop) {
      this.pages = [{ after: null, calls: page.calls, count: page.calls.length }];
      this.next = page.next;
      this.waiting = 0;
      this.changed();
      return;
    }
    const newest = this.pages[0]?.calls?.[0] ?? null;
    const known = newest ? page.calls.findIndex((each) => each.call_id === newest.call_id) : -1;
    if (known > 0) this.waiting = known;
    for (const call of page.calls) if (callIds.has(call.call_id)) this.replace(call);
    this.changed();
  }

  private replace(call: Call) {
    const index = this.indexOf(call.call_id);
    const page = this.pages[Math.floor(index / PAGE)];
    if (index >= 0 && page?.calls) page.calls = page.calls.with(index % PAGE, call);
  }

  private async read(after: string | null, signal: AbortSignal) {
    const query = { ...this.query, limit: PAGE, ...(after ? { after } : {}) };
    const page = await api.get('/calls', { query, signal });
    return { calls: page.calls as unknown as Call[], next: page.next };
  }

  private async guarded(number: number, act: (signal: AbortSignal) => Promise<void>) {
    if (this.busy.has(number)) return;
    this.busy.add(number);
    const { signal } = this.aborter;
    try {
      await act(signal);
      if (!signal.aborted) this.changed();
    } catch (error) {
      if (!signal.aborted) this.problem = error;
    } finally {
      if (!signal.aborted) this.busy.delete(number);
    }
  }

  private append() {
    const number = this.pages.length;
    return this.guarded(number, async (signal) => {
      const after = this.next!;
      const page = await this.read(after, signal);
      if (signal.aborted) return;
      this.pages.push({ after, calls: page.calls, count: page.calls.length });
      this.next = page.next;
    });
  }

  private fill(number: number) {
    return this.guarded(number, async (signal) => {
      const page = await this.read(this.pages[number].after, signal);
      if (!signal.aborted) this.pages[number].calls = page.calls.slice(0, PAGE);
    });
  }

  private drop(from: number, to: number) {
    this.pages.forEach((page, number) => {
      if (number < from - KEPT_PAGES || number > to + KEPT_PAGES) page.calls = null;
    });
  }

  private changed() {
    const last = this.pages.at(-1);
    this.total = last ? (this.pages.length - 1) * PAGE + last.count : 0;
    this.complete = this.next === null;
    this.version++;
  }
}
