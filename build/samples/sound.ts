import type { Random } from './random.ts';

/** Samples per second of everything the sample games play. */
export const sampleRate = 22050;

const sineSteps = 4096;
const sine = Float32Array.from({ length: sineSteps }, (_, step) =>
  Math.sin((step / sineSteps) * 2 * Math.PI),
);

/** A loop being mixed: notes that ring past the end come in again at the start, so it repeats without a seam. */
export class Loop {
  readonly left: Float32Array;
  readonly right: Float32Array;
  private readonly random: Random;

  constructor(seconds: number, random: Random) {
    const length = Math.round(seconds * sampleRate);
    this.left = new Float32Array(length);
    this.right = new Float32Array(length);
    this.random = random;
  }

  /** Add one voice; `voice(i)` is its sample, `pan` runs from -1 (left) to 1 (right). */
  add(start: number, seconds: number, pan: number, voice: (index: number) => number): void {
    const length = this.left.length;
    const count = Math.round(seconds * sampleRate);
    const toLeft = Math.min(1, 1 - pan);
    const toRight = Math.min(1, 1 + pan);
    let at = Math.round(start * sampleRate) % length;
    for (let index = 0; index < count; index += 1) {
      const value = voice(index);
      this.left[at]! += value * toLeft;
      this.right[at]! += value * toRight;
      at = at + 1 === length ? 0 : at + 1;
    }
  }

  /** A slow chord tone with three partials and a little vibrato. */
  pad(start: number, seconds: number, hertz: number, gain: number, pan = 0): void {
    const step = (hertz / sampleRate) * sineSteps;
    const count = seconds * sampleRate;
    this.add(start, seconds, pan, (index) => {
      const t = index / count;
      const swell = Math.min(1, t * 4, (1 - t) * 2.5);
      const phase = index * step + 3 * sineAt(index * 0.9);
      return (sineAt(phase) + 0.4 * sineAt(phase * 2.003) + 0.18 * sineAt(phase * 3.007)) * swell * gain;
    });
  }

  /** A plucked string (Karplus and Strong's): bright at first, then round. */
  pluck(start: number, hertz: number, gain: number, pan = 0, seconds = 1.8): void {
    const string = Float32Array.from(
      { length: Math.max(2, Math.round(sampleRate / hertz)) },
      () => this.random() * 2 - 1,
    );
    let at = 0;
    this.add(start, seconds, pan, (index) => {
      const next = at + 1 === string.length ? 0 : at + 1;
      const value = string[at]!;
      string[at] = (value + string[next]!) * 0.4985;
      at = next;
      return value * gain * Math.min(1, (seconds * sampleRate - index) / 2000);
    });
  }

  /** A bell or celesta tone by frequency modulation. */
  bell(start: number, hertz: number, gain: number, pan = 0, seconds = 2.4): void {
    const step = (hertz / sampleRate) * sineSteps;
    this.add(start, seconds, pan, (index) => {
      const fade = Math.exp((-4.5 * index) / (seconds * sampleRate));
      return sineAt(index * step + 900 * fade * sineAt(index * step * 3.51)) * fade * gain;
    });
  }

  /** A soft drum that falls in pitch. */
  drum(start: number, hertz: number, gain: number): void {
    this.add(start, 0.32, 0, (index) => {
      const fade = Math.exp(-index / 1500);
      return sineAt((index * hertz * (0.55 + 0.45 * fade) * sineSteps) / sampleRate) * fade * gain;
    });
  }

  /** A brushed shaker or breath of wind: filtered noise, `seconds` long. */
  hiss(start: number, seconds: number, gain: number, pan = 0, dull = 0.4): void {
    let low = 0;
    const count = seconds * sampleRate;
    this.add(start, seconds, pan, (index) => {
      low += (this.random() * 2 - 1 - low) * dull;
      const t = index / count;
      return low * Math.min(1, t * 12) * (1 - t) ** 2 * gain;
    });
  }

  /** The loop as a stereo 16-bit WAV file. */
  toWav(): Buffer {
    const data = Buffer.allocUnsafe(this.left.length * 4);
    for (let index = 0; index < this.left.length; index += 1) {
      data.writeInt16LE(this.quantize(this.left[index]!), index * 4);
      data.writeInt16LE(this.quantize(this.right[index]!), index * 4 + 2);
    }
    return Buffer.concat([wavHead(data.length, 2), data]);
  }

  /** Both sides mixed down to raw 16-bit mono. */
  toMono(): Buffer {
    const data = Buffer.allocUnsafe(this.left.length * 2);
    for (let index = 0; index < this.left.length; index += 1) {
      data.writeInt16LE(this.quantize((this.left[index]! + this.right[index]!) / 2), index * 2);
    }
    return data;
  }

  /** Soft clipping keeps loud chords round; the dither keeps quiet tails from buzzing. */
  private quantize(value: number): number {
    const clipped = value / (1 + Math.abs(value) * 0.35);
    const dithered = clipped * 30000 + this.random() * 2 - 1;
    return Math.max(-32768, Math.min(32767, Math.round(dithered)));
  }
}

/** Frequency of a MIDI note number (69 is 440 Hz). */
export function hertzOf(note: number): number {
  return 440 * 2 ** ((note - 69) / 12);
}

/** Wrap mono 16-bit samples as a WAV file. */
export function serializeWav(samples: Buffer): Buffer {
  return Buffer.concat([wavHead(samples.length, 1), samples]);
}

function sineAt(phase: number): number {
  return sine[Math.floor(phase) & (sineSteps - 1)]!;
}

function wavHead(dataBytes: number, channels: number): Buffer {
  const head = Buffer.alloc(44);
  head.write('RIFF', 0, 'latin1');
  head.writeUInt32LE(36 + dataBytes, 4);
  head.write('WAVEfmt ', 8, 'latin1');
  head.writeUInt32LE(16, 16);
  head.writeUInt16LE(1, 20);
  head.writeUInt16LE(channels, 22);
  head.writeUInt32LE(sampleRate, 24);
  head.writeUInt32LE(sampleRate * channels * 2, 28);
  head.writeUInt16LE(channels * 2, 32);
  head.writeUInt16LE(16, 34);
  head.write('data', 36, 'latin1');
  head.writeUInt32LE(dataBytes, 40);
  return head;
}
