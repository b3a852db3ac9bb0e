// The waveform at the resolution of the zoom: one look at the whole, and one at what is shown.
import { api } from '../../api/client';
import type { Peaks } from '../../api/schema';

const OVERVIEW_POINTS = 2000;
const WAIT_MS = 120;
/** A closer look reaches so far beyond what is shown, so that small moves need no other. */
const MARGIN = 0.5;

export class WavePeaks {
  private overview = $state.raw<Peaks | null>(null);
  private detail = $state.raw<Peaks | null>(null);
  private callId = '';
  private recording = '';
  private timer: ReturnType<typeof setTimeout> | undefined;
  problem = $state.raw<unknown>(null);

  get length(): number {
    return this.overview?.to ?? 0;
  }

  get voices(): string[] {
    return this.overview?.channels.map((each) => each.participant) ?? [];
  }

  async open(callId: string, recording: string, done: () => void) {
    Object.assign(this, { callId, recording });
    try {
      this.overview = await this.read({ points: OVERVIEW_POINTS });
      done();
    } catch (error) {
      this.problem = error;
    }
  }

  /** The finest that covers the stretch. */
  best(from: number, to: number): Peaks | null {
    const near = this.detail;
    const covers = near && near.from <= Math.max(0, from) + 1e-3 && near.to >= Math.min(to, this.length) - 1e-3;
    return covers ? near : this.overview;
  }

  /** Asks for a closer look if what is there is coarser than the screen. */
  want(from: number, to: number, pixels: number) {
    const present = this.best(from, to);
    if (!present || this.length === 0) return;
    const perSecond = present.points / Math.max(0.001, present.to - present.from);
    if (perSecond * (to - from) >= pixels || present.points < 2) return;
    clearTimeout(this.timer);
    this.timer = setTimeout(() => void this.look(from, to, pixels), WAIT_MS);
  }

  private async look(from: number, to: number, pixels: number) {
    const margin = (to - from) * MARGIN;
    const query = { from: Math.max(0, from - margin), to: Math.min(this.length, to + margin) };
    const points = Math.min(10_000, Math.ceil((pixels * (query.to - query.from)) / (to - from)));
    if (query.to <= query.from) return;
    this.detail = await this.read({ ...query, points }).catch(() => this.detail);
  }

  private read(query: { from?: number; to?: number; points: number }) {
    return api.get('/calls/{call_id}/peaks', { path: { call_id: this.callId }, query: { recording: this.recording, ...query } });
  }
}
