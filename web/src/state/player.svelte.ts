// The one player of the panel: whatever page one is on, at most one recording sounds.
import { api, ProblemError } from '../api/client';
import type { Call, PlaybackGrant } from '../api/schema';
import { isHeard, recordingOf } from '../model/call';
import { onLeave } from './session.svelte';
import { Sound } from './sound';

export const SPEEDS = [0.5, 0.75, 1, 1.25, 1.5, 1.75, 2, 2.5, 3];
/** A grant that is used this soon after it failed is not asked for again. */
const RENEW_MS = 3000;

class Player {
  call = $state.raw<Call | null>(null);
  recordingId = $state('');
  grant = $state.raw<PlaybackGrant | null>(null);
  playing = $state(false);
  waiting = $state(false);
  position = $state(0);
  speed = $state(1);
  muted = $state<boolean[]>([]);
  problem = $state.raw<ProblemError | null>(null);

  /** Told when a recording is about to sound: two things at once are not heard. */
  whenPlaying = () => {};

  private readonly audio = new Audio();
  private readonly sound = new Sound(this.audio);
  private renewedAt = 0;
  private asking: Promise<void> | null = null;

  constructor() {
    this.audio.preload = 'auto';
    this.audio.preservesPitch = true;
    this.audio.hidden = true;
    document.body.append(this.audio);
    this.audio.onplaying = () => ((this.waiting = false), (this.playing = true), this.follow());
    this.audio.onpause = () => ((this.playing = false), (this.waiting = false));
    this.audio.onwaiting = () => (this.waiting = true);
    this.audio.onended = () => (this.playing = false);
    this.audio.onerror = () => void this.renew();
    window.addEventListener('pagehide', () => this.release(true));
    onLeave(() => this.close());
  }

  /** Chooses what plays next without asking for it: only hearing is an act that is written down. */
  choose(call: Call, recordingId = recordingOf(call)?.recording_id ?? '', at = 0) {
    if (this.recordingId === recordingId && this.call?.call_id === call.call_id) return;
    this.release();
    this.call = call;
    this.recordingId = recordingId;
    this.position = at;
    this.muted = [];
    this.problem = null;
  }

  isChosen(call: Call): boolean {
    return this.call?.call_id === call.call_id;
  }

  get duration(): number {
    return this.grant?.duration_seconds ?? 0;
  }

  async play() {
    if (!this.call || !isHeard(this.call)) return;
    this.problem = null;
    this.whenPlaying();
    this.waiting = true;
    try {
      if (!this.grant || Date.parse(this.grant.expires_at) < Date.now()) await this.ask();
      await this.sound.start(this.grant!.channels.length, this.muted);
      if (this.audio.ended || this.position >= this.duration - 0.05) this.seek(0);
      await this.audio.play();
    } catch (error) {
      this.waiting = false;
      if (error instanceof ProblemError) this.problem = error;
    }
  }

  pause() {
    this.audio.pause();
  }

  toggle() {
    if (this.playing || this.waiting) this.pause();
    else void this.play();
  }

  seek(to: number) {
    const end = this.duration || Infinity;
    this.position = Math.min(Math.max(0, to), end);
    if (this.grant) this.audio.currentTime = this.position;
  }

  nudge(by: number) {
    this.seek(this.position + by);
  }

  setSpeed(speed: number) {
    this.speed = speed;
    this.audio.playbackRate = speed;
    this.audio.defaultPlaybackRate = speed;
  }

  faster(steps: number) {
    const now = SPEEDS.findIndex((each) => each >= this.speed);
    this.setSpeed(SPEEDS[Math.min(SPEEDS.length - 1, Math.max(0, now + steps))]);
  }

  mute(index: number) {
    const all = Array.from({ length: Math.max(index + 1, this.muted.length) }, (_, each) => this.muted[each] ?? false);
    all[index] = !all[index];
    this.muted = all;
    this.sound.mute(all);
  }

  level(index: number): number {
    return this.playing ? this.sound.level(index) : 0;
  }

  close() {
    this.release();
    this.call = null;
    this.recordingId = '';
  }

  private ask(): Promise<void> {
    this.asking ??= this.askOnce().finally(() => (this.asking = null));
    return this.asking;
  }

  private async askOnce() {
    this.endGrant(false);
    const grant = await api.post('/calls/{call_id}/playback', {
      path: { call_id: this.call!.call_id },
      body: { recording_id: this.recordingId },
    });
    if (grant.recording_id !== this.recordingId) throw new ProblemError(0, 'unreachable');
    this.grant = grant;
    this.audio.src = grant.url;
    this.audio.playbackRate = this.speed;
    this.audio.currentTime = this.position;
  }

  /** A grant ends after some minutes without use, or with the server's restart: ask again and go on at the same place. */
  private async renew() {
    if (!this.grant) return;
    const wasPlaying = this.playing || this.waiting;
    if (Date.now() - this.renewedAt < RENEW_MS) {
      this.waiting = this.playing = false;
      this.problem = new ProblemError(0, 'sound_unreadable');
      return;
    }
    this.renewedAt = Date.now();
    try {
      await this.ask();
      if (wasPlaying) await this.audio.play();
    } catch (error) {
      this.waiting = this.playing = false;
      if (error instanceof ProblemError) this.problem = error;
    }
  }

  private follow = () => {
    if (!this.playing) return;
    if (!this.audio.seeking) this.position = this.audio.currentTime;
    requestAnimationFrame(this.follow);
  };

  private heard() {
    const { played } = this.audio;
    return Array.from({ length: Math.min(played.length, 1000) }, (_, i) => ({ from: played.start(i), to: played.end(i) }));
  }

  private endGrant(keepalive: boolean) {
    if (!this.grant) return;
    const request = { path: { token: this.grant.token }, body: { heard: this.heard() }, keepalive };
    this.grant = null;
    void api.post('/playback/{token}/end', request).catch(() => {});
  }

  private release(keepalive = false) {
    this.audio.pause();
    this.endGrant(keepalive);
    this.audio.removeAttribute('src');
    this.playing = this.waiting = false;
  }
}

export const player = new Player();
