import { describe, expect, it } from 'vitest';
import type { RebuiltStream } from '../../containers/expansion.ts';
import { USUAL_SETTINGS } from '../../containers/rank-settings.ts';
import { CoderRoom } from '../../containers/testing/coder-room.ts';
import { collapseNew } from './decode-expansion.ts';

const CONTENT_BYTES = 16;
/** What zlib makes of so many zeros: two literals and a match in a static block. */
const PACKED_BYTES = 5;
const STREAMS = 2 ** 17;

describe('collapseNew', () => {
  const room = new CoderRoom();

  it('gives up on a segment whose streams take too long together, each of them being quick', () => {
    const settings = { ...USUAL_SETTINGS, hashBits: 16 };
    const stream: RebuiltStream = {
      gapBytes: 0,
      cuts: [],
      tailBytes: 0,
      inflatedBytes: CONTENT_BYTES,
      description: { settings, corrections: new Uint8Array() },
    };
    const collapse = (count: number): void => {
      const streams = Array.from({ length: count }, () => stream);
      const { laid, room: made } = room.lay(new Uint8Array(count * CONTENT_BYTES), count * PACKED_BYTES);
      collapseNew({ old: [], new: streams }, laid, made, room.coder);
    };
    collapse(1000);
    expect(() => collapse(STREAMS)).toThrow(
      expect.objectContaining({ code: 'PATCH_SEGMENT_DAMAGED' }) as Error,
    );
  });
});
