import { describe, expect, it } from 'vitest';
import { computeSha256, EMPTY_SHA256, joinSha256 } from '../formats/sha256.ts';
import { packScans, unpackScans } from './scan-batch.ts';
import type { FileScan } from './scan-file.ts';

function scanOf(...pieces: readonly string[]): FileScan {
  return {
    sha256: pieces.length === 0 ? EMPTY_SHA256 : computeSha256(Buffer.from(pieces.join(''))),
    chunkSizes: Uint32Array.from(pieces, (piece) => piece.length),
    chunkSha256: joinSha256(pieces.map((piece) => computeSha256(Buffer.from(piece)))),
  };
}

describe('packScans', () => {
  it('gives back each file with its own chunks, empty files too', () => {
    const scans = [scanOf('one'), scanOf(), scanOf('two', 'three', 'two'), scanOf('four')];
    expect(unpackScans(packScans(scans))).toEqual(scans);
  });

  it('gives nothing for nothing', () => {
    expect(unpackScans(packScans([]))).toEqual([]);
  });
});
