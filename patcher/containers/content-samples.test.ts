import { describe, expect, it } from 'vitest';
import { SeededRandom } from '../testing/random-bytes.ts';
import { ContentSamples } from './content-samples.ts';

const content = new SeededRandom(1).bytes(20_000);
const ground = Uint8Array.from({ length: 20_000 }, (_, i) => [12, 200, 7, 255][i % 4] as number);

describe('ContentSamples', () => {
  it('tells how much of other content is known', () => {
    const samples = new ContentSamples();
    samples.add(content);
    const half = Buffer.concat([content.subarray(0, 10_000), new SeededRandom(2).bytes(10_000)]);
    expect(samples.shareKnown(content)).toBe(1);
    expect(samples.shareKnown(half)).toBeGreaterThan(0.4);
    expect(samples.shareKnown(half)).toBeLessThan(0.6);
    expect(samples.shareKnown(new SeededRandom(3).bytes(20_000))).toBe(0);
  });

  it('takes the empty ground that two pictures have in common for nothing known', () => {
    const samples = new ContentSamples();
    samples.add(Buffer.concat([content, ground]));
    const drawn = new SeededRandom(4).bytes(2_000);
    expect(samples.shareKnown(Buffer.concat([drawn, ground]))).toBe(0);
  });

  it('cannot tell of content that is short or plain', () => {
    const samples = new ContentSamples();
    samples.add(ground);
    expect(samples.shareKnown(ground)).toBeUndefined();
    expect(samples.shareKnown(new Uint8Array(0))).toBeUndefined();
  });
});
