// Hearing a call while it goes on: at most one, whatever page one is on. The newest sound is fetched again and again and
// laid end to end; what comes too late to keep up is left out.
import { address, api, problemOf, ProblemError } from '../api/client';
import type { LiveCall, LiveGrant } from '../api/schema';
import { channelsOf } from '../model/live';
import { player } from './player.svelte';
import { onLeave } from './session.svelte';

const EVERY_MS = 150;
/** So much sound waits before it is heard, so that the next piece comes in time. */
const LEAD_SECONDS = 0.15;
const MOST_BEHIND_SECONDS = 1.2;
const WIDTH = 0.6;

class LiveListening {
  call = $state.raw<LiveCall | null>(null);
  /** Sound has been heard. */
  isHeard = $state(false);
  /** From the click to the first sound. */
  heardAfterMs = $state(0);
  state = $state<'recording' | 'paused' | 'ended'>('recording');
  muted = $state<boolean[]>([false, false]);
  problem = $state.raw<unknown>(null);

  private context: AudioContext | null = null;
  private gains: GainNode[] = [];
  private grant: LiveGrant | null = null;
  private timer: ReturnType<typeof setTimeout> | undefined;
  private after: number | undefined;
  private until = 0;
  private turn = 0;
  private begunAt = 0;

  constructor() {
    window.addEventListener('pagehide', () => this.stop(true));
    player.whenPlaying = () => this.stop();
    onLeave(() => this.stop());
  }

  isOf(callId: string): boolean {
    return this.call?.call_id === callId;
  }

  toggle(call: LiveCall) {
    if (this.isOf(call.call_id)) this.stop();
    else void this.start(call);
  }

  async start(call: LiveCall) {
    this.stop();
    player.pause();
    const mine = ++this.turn;
    this.begunAt = performance.now();
    this.call = call;
    this.problem = null;
    this.state = 'recording';
    this.isHeard = false;
    this.muted = [false, false];
    try {
      this.connect();
      const grant = await api.post('/live/{call_id}/listen', { path: { call_id: call.call_id } });
      if (mine !== this.turn) return void this.end(grant, false);
      this.grant = grant;
      await this.context!.resume();
      await this.fetch(mine);
    } catch (error) {
      if (mine === this.turn) this.problem = error;
    }
  }

  stop(keepalive = false) {
    this.turn++;
    clearTimeout(this.timer);
    if (this.grant) this.end(this.grant, keepalive);
    this.grant = null;
    this.call = null;
    this.after = undefined;
    this.until = 0;
    void this.context?.close();
    this.context = null;
  }

  mute(index: number) {
    this.muted = this.muted.with(index, !this.muted[index]);
    this.gains[index]?.gain.setTargetAtTime(this.muted[index] ? 0 : 1, this.context!.currentTime, 0.015);
  }

  private end(grant: LiveGrant, keepalive: boolean) {
    void api.post('/live/sound/{token}/end', { path: { token: grant.token }, keepalive }).catch(() => {});
  }

  private connect() {
    const context = new AudioContext();
    this.context = context;
    this.gains = [-WIDTH, WIDTH].map((pan) => {
      const gain = context.createGain();
      const place = context.createStereoPanner();
      place.pan.value = pan;
      gain.connect(place).connect(context.destination);
      return gain;
    });
  }

  private async fetch(mine: number) {
    const { token, sample_rate } = this.grant!;
    let response: Response;
    try {
      response = await fetch(address('/live/sound/{token}', { token }, { after: this.after }));
    } catch {
      throw new ProblemError(0, 'unreachable');
    }
    if (mine !== this.turn) return;
    if (!response.ok) throw problemOf(response.status, await response.text());
    this.state = response.headers.get('X-Live') as typeof this.state;
    const bytes = await response.arrayBuffer();
    if (mine !== this.turn) return;
    const from = Number(response.headers.get('X-Sample-Position'));
    if (bytes.byteLength > 0) this.lay(channelsOf(bytes), sample_rate);
    if (this.state === 'ended') return;
    this.after = from + bytes.byteLength / 4;
    this.timer = setTimeout(() => void this.fetch(mine).catch((error) => mine === this.turn && (this.problem = error)), EVERY_MS);
  }

  private lay(channels: Float32Array<ArrayBuffer>[], rate: number) {
    const context = this.context!;
    const now = context.currentTime;
    if (this.until < now || this.until > now + MOST_BEHIND_SECONDS) this.until = now + LEAD_SECONDS;
    channels.forEach((samples, index) => {
      const buffer = context.createBuffer(1, samples.length, rate);
      buffer.copyToChannel(samples, 0);
      const source = context.createBufferSource();
      source.buffer = buffer;
      source.connect(this.gains[index]);
      source.start(this.until);
    });
    this.until += channels[0].length / rate;
    if (!this.isHeard) this.heardAfterMs = performance.now() - this.begunAt + LEAD_SECONDS * 1000;
    this.isHeard = true;
  }
}

export const listening = new LiveListening();
