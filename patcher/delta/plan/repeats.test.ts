import fc from 'fast-check';
import { expect, it } from 'vitest';
import type { FileEntry, Sha256 } from '../../formats/manifest.ts';
import type { MadePiece } from '../../formats/patch.ts';
import type { NewSpace } from './new-space.ts';
import { leaveOutRepeats, type Repeat } from './repeats.ts';

function fileEntry(path: string, sizeBytes: number): FileEntry {
  return {
    kind: 'file',
    path,
    mode: 0o644,
    sizeBytes,
    sha256: 'f'.repeat(64) as Sha256,
    chunks: new Uint32Array(),
  };
}

/** Files of these sizes, all of them made. */
function spaceOf(sizes: readonly number[]): NewSpace {
  const made: NewSpace['made'][number][] = [];
  const entries: NewSpace['entries'][number][] = [];
  let offset = 0;
  sizes.forEach((length, row) => {
    const file = fileEntry(`file-${row}`, length);
    const { kind, path, mode, sizeBytes } = file;
    made.push({ file, fileOffset: 0, offset, length });
    entries.push({ kind, path, mode, sizeBytes, origin: { kind: 'made', pieces: [{ offset, length }] } });
    offset += length;
  });
  return { entries, made, madeBytes: offset };
}

/** Turn numbers from 0 to 1 into repeats in so many bytes, and bytes of which each repeat holds. */
function layRepeats(
  sizeBytes: number,
  draws: readonly { readonly gap: number; readonly length: number; readonly from: number }[],
): { readonly repeats: Repeat[]; readonly bytes: number[] } {
  const bytes = Array.from({ length: sizeBytes }, (_, row) => row);
  const repeats: Repeat[] = [];
  let position = 0;
  for (const draw of draws) {
    const start = position + Math.floor(draw.gap * 9);
    const length = 1 + Math.floor(draw.length * Math.min(start, sizeBytes - start, 40));
    if (start + length > sizeBytes || length > start) continue;
    const from = Math.floor(draw.from * (start - length + 1));
    for (let i = 0; i < length; i++) bytes[start + i] = bytes[from + i] as number;
    repeats.push({ start, length, from });
    position = start + length;
  }
  return { repeats, bytes };
}

it('leaves every file with the bytes it had, and makes each byte that is no repeat once', () => {
  const share = fc.double({ min: 0, max: 1, maxExcluded: true, noNaN: true });
  fc.assert(
    fc.property(
      fc.array(fc.integer({ min: 1, max: 90 }), { minLength: 1, maxLength: 6 }),
      fc.array(fc.record({ gap: share, length: share, from: share }), { maxLength: 20 }),
      (sizes, draws) => {
        const space = spaceOf(sizes);
        const { repeats, bytes } = layRepeats(space.madeBytes, draws);
        const { made, entries, madeBytes } = leaveOutRepeats(space, repeats);
        const kept = made.flatMap((stretch) => {
          const start =
            (space.made.find(({ file }) => file === stretch.file)?.offset ?? 0) + stretch.fileOffset;
          return bytes.slice(start, start + stretch.length);
        });
        expect(kept.length).toBe(madeBytes);
        expect(madeBytes).toBe(space.madeBytes - repeats.reduce((sum, { length }) => sum + length, 0));
        let offset = 0;
        for (const stretch of made) {
          expect(stretch.offset).toBe(offset);
          offset += stretch.length;
        }
        const files = entries.map((entry) => {
          const pieces: readonly MadePiece[] =
            entry.kind === 'file' && entry.origin.kind === 'made' ? entry.origin.pieces : [];
          return pieces.flatMap((piece) => kept.slice(piece.offset, piece.offset + piece.length));
        });
        expect(files).toEqual(
          space.made.map(({ offset: start, length }) => bytes.slice(start, start + length)),
        );
      },
    ),
  );
});
