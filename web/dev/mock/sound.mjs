// Two voices that take turns, computed for any place of a call of any length.
const RATE = 8000;
const STEP = 0.02;

function mix(value) {
  let x = Math.imul(value ^ 0x9e3779b9, 0x85ebca6b);
  x = Math.imul(x ^ (x >>> 13), 0xc2b2ae35);
  return ((x ^ (x >>> 16)) >>> 0) / 4294967296;
}

/** 0 to 1: how loud a voice is in one step of time. */
export function loudness(channel, seconds) {
  const turn = Math.floor(seconds / 3.7);
  const speaks = mix(turn) < 0.5 ? 0 : 1;
  if (channel !== speaks && mix(turn * 31 + channel) > 0.12) return 0.004;
  const step = Math.floor(seconds / STEP);
  const syllable = 0.5 + 0.5 * Math.sin(seconds * (17 + 4 * channel) + mix(turn) * 6);
  const pause = mix(Math.floor(seconds / 0.45) * 7 + channel) < 0.18 ? 0.05 : 1;
  return Math.min(1, (0.15 + 0.75 * syllable * (0.6 + 0.4 * mix(step * 2 + channel))) * pause);
}

export function peaks(from, to, points, participants) {
  const step = (to - from) / points;
  return participants.map((participant, channel) => {
    const max = Array.from({ length: points }, (_, index) => {
      let top = 0;
      for (let part = 0; part < 4; part++) top = Math.max(top, loudness(channel, from + (index + part / 4) * step));
      return Math.round(top * 120);
    });
    return { participant, min: max.map((value) => -Math.round(value * 0.9)), max };
  });
}

function header(bytes) {
  const head = Buffer.alloc(44);
  head.write('RIFF', 0);
  head.writeUInt32LE(36 + bytes, 4);
  head.write('WAVEfmt ', 8);
  head.writeUInt32LE(16, 16);
  head.writeUInt16LE(1, 20);
  head.writeUInt16LE(2, 22);
  head.writeUInt32LE(RATE, 24);
  head.writeUInt32LE(RATE * 4, 28);
  head.writeUInt16LE(4, 32);
  head.writeUInt16LE(16, 34);
  head.write('data', 36);
  head.writeUInt32LE(bytes, 40);
  return head;
}

function samples(firstFrame, count) {
  const data = Buffer.alloc(count * 4);
  for (let index = 0; index < count; index++) {
    const at = (firstFrame + index) / RATE;
    for (let channel = 0; channel < 2; channel++) {
      const tone = Math.sin(2 * Math.PI * (channel === 0 ? 180 : 230) * at) + 0.5 * Math.sin(2 * Math.PI * (channel === 0 ? 720 : 940) * at);
      data.writeInt16LE(Math.round(tone * loudness(channel, at) * 9000), index * 4 + channel * 2);
    }
  }
  return data;
}

export function wavSize(seconds) {
  return 44 + Math.floor(seconds * RATE) * 4;
}

/** Bytes [from, to) of the file. */
export function wavPart(seconds, from, to) {
  const parts = [];
  if (from < 44) parts.push(header(wavSize(seconds) - 44).subarray(from, Math.min(44, to)));
  const start = Math.max(0, from - 44);
  const end = Math.max(0, to - 44);
  if (end > start) {
    const first = Math.floor(start / 4);
    parts.push(samples(first, Math.ceil(end / 4) - first).subarray(start - first * 4, end - first * 4));
  }
  return Buffer.concat(parts);
}

/** Raw samples of a call in progress, by their places. */
export function livePart(from, end) {
  return samples(from, Math.max(0, end - from));
}

export function liveLevel(channel, seconds) {
  return 20 * Math.log10(loudness(channel, seconds) * 0.2 + 1e-4);
}

export { RATE };
