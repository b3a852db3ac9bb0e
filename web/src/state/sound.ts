// The way of the sound: element -> one path per voice (gain, meter, place in the room) -> ears.
interface Voice {
  gain: GainNode;
  meter: AnalyserNode;
  place: StereoPannerNode;
}

const MUTE_SECONDS = 0.015;
/** Voices stand apart but each is heard on both ears. */
const WIDTH = 0.6;
const FLOOR_DB = -60;

export class Sound {
  private context: AudioContext | null = null;
  private voices: Voice[] = [];
  private splitter: ChannelSplitterNode | null = null;
  private samples = new Float32Array(1024);

  constructor(private readonly element: HTMLAudioElement) {}

  /** Needs a click or key before, as browsers ask for. */
  async start(channels: number, muted: readonly boolean[]) {
    if (!this.context) {
      this.context = new AudioContext();
      this.splitter = this.context.createChannelSplitter(8);
      this.context.createMediaElementSource(this.element).connect(this.splitter);
    }
    if (this.voices.length !== channels) this.connect(channels);
    this.mute(muted);
    if (this.context.state === 'suspended') await this.context.resume();
  }

  mute(muted: readonly boolean[]) {
    const heard = this.voices.map((_, index) => index).filter((index) => !muted[index]);
    this.voices.forEach((voice, index) => {
      const now = this.context!.currentTime;
      voice.gain.gain.setTargetAtTime(muted[index] ? 0 : 1, now, MUTE_SECONDS);
      voice.place.pan.setTargetAtTime(heard.length < 2 ? 0 : this.placeOf(index), now, MUTE_SECONDS);
    });
  }

  /** 0 (silence) to 1 (full scale), linear in decibels. */
  level(index: number): number {
    const voice = this.voices[index];
    if (!voice) return 0;
    voice.meter.getFloatTimeDomainData(this.samples);
    let sum = 0;
    for (const sample of this.samples) sum += sample * sample;
    const decibels = 10 * Math.log10(sum / this.samples.length + 1e-12);
    return Math.min(1, Math.max(0, 1 - decibels / FLOOR_DB));
  }

  private placeOf(index: number) {
    const last = this.voices.length - 1;
    return last === 0 ? 0 : WIDTH * ((2 * index) / last - 1);
  }

  private connect(channels: number) {
    const { context, splitter } = this;
    splitter!.disconnect();
    this.voices = Array.from({ length: channels }, (_, index) => {
      const gain = context!.createGain();
      const meter = context!.createAnalyser();
      const place = context!.createStereoPanner();
      meter.fftSize = this.samples.length;
      splitter!.connect(gain, index).connect(meter).connect(place).connect(context!.destination);
      return { gain, meter, place };
    });
  }
}
