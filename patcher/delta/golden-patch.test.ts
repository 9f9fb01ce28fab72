import { readFile, writeFile } from 'node:fs/promises';
import { beforeAll, describe, expect, it } from 'vitest';
import { parseSegmentBody } from '../formats/segment-body.ts';
import { compareTrees } from '../testing/trees/compare-trees.ts';
import { GOLDEN_NEW, GOLDEN_OLD } from './testing/golden-builds.ts';
import { openBytes, PatchFixture } from './testing/patch-fixture.ts';

/** Small enough that the program's code and its data lie in different segments. */
const SEGMENT_BYTES = 16_000;

/**
 * When the format changes, and never else, both files and their snapshots are made anew by
 * `UPDATE_GOLDEN=1 npx vitest run patcher/delta/golden-patch -u`.
 */
const UPDATE = process.env.UPDATE_GOLDEN === '1';

const EFFORTS = [
  { effort: 'default', file: new URL('../formats/testdata/patch-v2.bin', import.meta.url) },
  { effort: 'max', file: new URL('../formats/testdata/patch-v2-max.bin', import.meta.url) },
] as const;

describe.each(EFFORTS)('the golden patch of version 2 at effort $effort', ({ effort, file }) => {
  beforeAll(async () => {
    if (!UPDATE) return;
    await using fixture = await PatchFixture.open();
    const trees = [await fixture.write(GOLDEN_OLD), await fixture.write(GOLDEN_NEW)] as const;
    const { bytes } = await fixture.make(...trees, {
      effort,
      segmentBytes: SEGMENT_BYTES,
      secondOpinion: false,
    });
    await writeFile(file, bytes);
  });

  it('still says what it said when it was written', async () => {
    const { patch, readSegment } = await openBytes(await readFile(file));
    const bodies = await Promise.all(patch.segments.map((segment) => readSegment(segment)));
    const segments = patch.segments.map((segment) => ({ ...segment, oldRanges: [...segment.oldRanges] }));
    const tables = { entries: [...patch.entries], oldFiles: [...patch.oldFiles], segments };
    const said = { patch: { ...patch, ...tables }, bodies: bodies.map((body) => summarise(body)) };
    expect(said).toMatchSnapshot();
  });

  it('holds all that a patch can hold', async () => {
    const { patch, readSegment } = await openBytes(await readFile(file));
    const bodies = await Promise.all(patch.segments.map((segment) => readSegment(segment)));
    const parts = bodies.map((body) => parseSegmentBody(body));
    expect(patch.addressMaps).toHaveLength(1);
    expect(parts.some((body) => body?.predicted)).toBe(true);
    expect(parts.some((body) => body?.expanded)).toBe(true);
    expect(parts.some((body) => (body?.differences.length ?? 0) > 0)).toBe(true);
    expect(parts.some((body) => (body?.extra.length ?? 0) > 0)).toBe(true);
  });

  it('still makes the new build from the old one', async () => {
    await using fixture = await PatchFixture.open();
    const old = await fixture.write(GOLDEN_OLD);
    const next = await fixture.write(GOLDEN_NEW);
    const made = await fixture.apply(await readFile(file), old.root);
    expect(await compareTrees(next.root, made)).toEqual([]);
  });

  it.each([1, 3])('is refused in words when it is of version %i', async (version) => {
    const bytes = await readFile(file);
    bytes.writeUInt16LE(version, 8);
    await expect(openBytes(bytes)).rejects.toMatchObject({
      code: 'PATCH_VERSION_UNSUPPORTED',
      message: `The patch is of version ${version}; this program reads version 2.`,
      details: { version, versionSupported: 2 },
    });
  });
});

/** A body's numbers, and how long its parts are. */
function summarise(body: Uint8Array): object | undefined {
  const parts = parseSegmentBody(body);
  return (
    parts && {
      ...parts,
      rows: parts.rows.length,
      differences: parts.differences.length,
      extra: parts.extra.length,
      expanded: parts.expanded && { ...parts.expanded, packed: parts.expanded.packed.length },
    }
  );
}
