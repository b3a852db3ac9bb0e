// Everything that the call page knows of its call.
import { api, ProblemError } from '../../api/client';
import type { AgentReport, Call, CallDetail, CallEvent, LiveCall, Note, Quality, Recording, SipMessage } from '../../api/schema';
import { recordingOf } from '../../model/call';
import { TimeAxis } from '../../model/time_axis.svelte';
import { WavePeaks } from './wave_peaks.svelte';

export interface Spell {
  from: number;
  to: number;
  who: string;
}

export class CallSheet {
  readonly axis = new TimeAxis();
  readonly peaks = new WavePeaks();
  detail = $state.raw<CallDetail | null>(null);
  notes = $state.raw<Note[]>([]);
  quality = $state.raw<Quality | null>(null);
  messages = $state.raw<SipMessage[] | null>(null);
  messagesCut = $state(false);
  /** Of agents, with the messages. */
  reports = $state.raw<AgentReport[]>([]);
  reportsCut = $state(false);
  recording = $state.raw<Recording | undefined>(undefined);
  problem = $state.raw<unknown>(null);
  /** While it goes on; the call log may know nothing of it yet. */
  running = $state.raw<LiveCall | null>(null);
  /** Wall time of second 0. */
  private zero = 0;

  constructor(readonly callId: string) {}

  get call(): Call | null {
    return (this.detail?.call as unknown as Call) ?? null;
  }

  async load(recordingId: string | null, canListen: boolean) {
    this.problem = null;
    const path = { call_id: this.callId };
    this.running = await api.get('/live/{call_id}', { path }).catch(() => null);
    try {
      const [detail, { notes }] = await Promise.all([api.get('/calls/{call_id}', { path }), api.get('/calls/{call_id}/notes', { path })]);
      this.detail = detail;
      this.notes = notes;
    } catch (error) {
      const isOnlyRunning = this.running && error instanceof ProblemError && error.status === 404;
      if (!isOnlyRunning) this.problem = error;
      return;
    }
    this.recording = recordingOf(this.call!, recordingId);
    this.setAxis();
    const recording = this.recording?.recording_id;
    if (!recording) return;
    if (canListen) void this.peaks.open(this.callId, recording, () => this.setAxis());
    this.quality = await api.get('/calls/{call_id}/quality', { path, query: { recording, points: 600 } }).catch(() => null);
  }

  async loadMessages() {
    if (this.messages) return;
    const found = await api.get('/calls/{call_id}/messages', { path: { call_id: this.callId }, query: { recording: this.recording?.recording_id } });
    this.messages = found.messages;
    this.messagesCut = found.cut;
    this.reports = found.reports;
    this.reportsCut = found.reports_cut;
  }

  /** Seconds on the axis of a wall time. */
  at(time: string | null | undefined): number {
    return time ? (Date.parse(time) - this.zero) / 1000 : 0;
  }

  get events(): CallEvent[] {
    return this.detail?.events ?? [];
  }

  get length(): number {
    return this.peaks.length || Math.max(0, this.at(this.recording?.end_at));
  }

  /** Names of the voices, in the order of the sound's channels. */
  get voices(): string[] {
    return this.peaks.voices.length > 0 ? this.peaks.voices : this.recording ? ['caller', 'callee'] : [];
  }

  get holds(): Spell[] {
    return this.spells('hold', 'unhold');
  }

  /** Where nothing was stored on purpose: the sound is silent there. */
  get pauses(): Spell[] {
    return this.spells('rec_pause', 'rec_resume');
  }

  private spells(begins: string, ends: string): Spell[] {
    const open = new Map<string, number>();
    const spells: Spell[] = [];
    for (const event of this.events) {
      const begun = open.get(event.who);
      if (event.kind === begins && begun === undefined) open.set(event.who, this.at(event.at));
      if (event.kind === ends && begun !== undefined) {
        spells.push({ from: begun, to: this.at(event.at), who: event.who });
        open.delete(event.who);
      }
    }
    for (const [who, from] of open) spells.push({ from, to: this.axis.hi, who });
    return spells;
  }

  private setAxis() {
    const call = this.call!;
    this.zero = Date.parse(this.recording?.start_at ?? call.start_at ?? '') || 0;
    const hi = Math.max(this.length, this.at(call.end_at));
    if (!this.axis.isZoomed) this.axis.set(Math.min(0, this.at(call.start_at)), hi);
  }
}
