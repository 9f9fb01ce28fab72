import {
  appendFile,
  chmod,
  mkdir,
  readdir,
  readFile,
  rm,
  symlink,
  truncate,
  writeFile,
} from 'node:fs/promises';
import path from 'node:path';
import { describe, expect, it } from 'vitest';
import { compareTrees } from '../../testing/trees/compare-trees.ts';
import { evolveFakeBuild, type FakeNode } from '../../testing/trees/tree-builder.ts';
import { makeSmallBuild, openBytes, PatchFixture } from '../testing/patch-fixture.ts';
import { type ApplyReport, applyPatchToFolder } from './apply-patch.ts';

const MARK = '.gantry';

/** A patch of several segments, and runs of it that can be stopped. */
async function prepare(fixture: PatchFixture) {
  const build = makeSmallBuild(31);
  const old = await fixture.write(build);
  const extra: [string, FakeNode][] = [
    ['sealed', { kind: 'directory', mode: 0o555 }],
    ['sealed/read-only.bin', { kind: 'file', bytes: Buffer.alloc(30_000, 'new bytes'), mode: 0o444 }],
  ];
  const next = await fixture.write(new Map([...evolveFakeBuild(build, 32), ...extra]));
  const { bytes } = await fixture.make(old, next, { segmentBytes: 32_000, effort: 'fast' });
  const patch = await openBytes(bytes);
  const madeBytes = patch.patch.segments.reduce((sum, { newBytes }) => sum + newBytes, 0);
  const apply = async (outRoot: string, onProgress?: (bytesDone: number) => void): Promise<ApplyReport> =>
    await applyPatchToFolder({
      patch,
      oldRoot: old.root,
      outRoot,
      useCallingThread: true,
      memoryBytes: 0,
      onProgress: ({ bytesDone }) => onProgress?.(bytesDone),
    });
  const stopAfter = async (outRoot: string, steps: number): Promise<void> => {
    let left = steps;
    const stopping = apply(outRoot, () => {
      if (left-- === 0) throw new Error('stopped by the test');
    });
    await expect(stopping).rejects.toThrow('stopped by the test');
  };
  return { old, next, bytes, patch, madeBytes, apply, stopAfter };
}

describe('applying into a folder where a run was stopped', () => {
  it('takes over what is there, wherever it was stopped, and leaves nothing of its own behind', async () => {
    await using fixture = await PatchFixture.open();
    const { next, madeBytes, apply, stopAfter } = await prepare(fixture);
    let steps = 0;
    await apply(fixture.fresh('out'), () => steps++);
    expect(steps).toBeGreaterThan(12);
    const reused: number[] = [];
    for (let stop = 0; stop < steps; stop += 3) {
      const outRoot = fixture.fresh('out');
      await stopAfter(outRoot, stop);
      expect(await readdir(outRoot)).toContain(MARK);
      reused.push((await apply(outRoot)).bytesReused);
      expect(await compareTrees(next.root, outRoot)).toEqual([]);
    }
    expect(reused[0]).toBe(0);
    expect(reused).toEqual(reused.toSorted((a, b) => a - b));
    expect(reused.at(-1)).toBeGreaterThan(madeBytes / 2);
  });

  it('can be stopped again and again', async () => {
    await using fixture = await PatchFixture.open();
    const { next, apply, stopAfter } = await prepare(fixture);
    const outRoot = fixture.fresh('out');
    for (const steps of [2, 5, 9, 4, 12]) await stopAfter(outRoot, steps);
    await apply(outRoot);
    expect(await compareTrees(next.root, outRoot)).toEqual([]);
  });

  it('begins anew where it was stopped while it wrote its mark', async () => {
    await using fixture = await PatchFixture.open();
    const { next, apply, stopAfter } = await prepare(fixture);
    const marked = fixture.fresh('marked');
    await stopAfter(marked, 0);
    const mark = await readFile(path.join(marked, MARK));
    for (const length of [0, 10, mark.length - 1]) {
      const outRoot = fixture.fresh('out');
      await mkdir(outRoot);
      await writeFile(path.join(outRoot, MARK), mark.subarray(0, length));
      await apply(outRoot);
      expect(await compareTrees(next.root, outRoot)).toEqual([]);
    }
  });

  it('makes no segment again when only the mark was left to be removed', async () => {
    await using fixture = await PatchFixture.open();
    const { next, patch, madeBytes, apply, stopAfter } = await prepare(fixture);
    const [marked, outRoot] = [fixture.fresh('marked'), fixture.fresh('out')];
    await stopAfter(marked, 0);
    await apply(outRoot);
    await writeFile(path.join(outRoot, MARK), await readFile(path.join(marked, MARK)));
    const report = await apply(outRoot);
    expect(patch.patch.segments.length).toBeGreaterThan(3);
    expect(report.bytesReused).toBe(madeBytes);
    expect(await compareTrees(next.root, outRoot)).toEqual([]);
  });

  it('makes anew what was damaged, cut, lengthened or deleted meanwhile', async () => {
    await using fixture = await PatchFixture.open();
    const { next, apply, stopAfter } = await prepare(fixture);
    const [marked, outRoot] = [fixture.fresh('marked'), fixture.fresh('out')];
    await stopAfter(marked, 0);
    await apply(outRoot);
    await writeFile(path.join(outRoot, MARK), await readFile(path.join(marked, MARK)));
    const files = next.entries.filter((entry) => entry.kind === 'file' && entry.sizeBytes > 100);
    expect(files.length).toBeGreaterThan(4);
    for (const [row, { path: name }] of files.entries()) {
      const file = path.join(outRoot, name);
      await chmod(file, 0o600);
      const bytes = await readFile(file);
      bytes[50] = (bytes[50] as number) ^ 1;
      if (row % 4 === 0) await writeFile(file, bytes);
      if (row % 4 === 1) await truncate(file, bytes.length - 1);
      if (row % 4 === 2) await appendFile(file, 'more');
      if (row % 4 === 3) await rm(file);
    }
    await apply(outRoot);
    expect(await compareTrees(next.root, outRoot)).toEqual([]);
  });

  it('does not touch a folder that another patch was filling, or where something else took the place of a file', async () => {
    await using fixture = await PatchFixture.open();
    const { old, next, apply, stopAfter } = await prepare(fixture);
    const back = await openBytes((await fixture.make(next, old)).bytes);
    const outRoot = fixture.fresh('out');
    await stopAfter(outRoot, 6);
    const other = applyPatchToFolder({ patch: back, oldRoot: next.root, outRoot });
    await expect(other).rejects.toMatchObject({ code: 'PATCH_OUTPUT_EXISTS' });

    const outside = path.join(fixture.fresh('outside'));
    await mkdir(outside);
    await writeFile(path.join(outside, 'mine'), 'mine');
    const [first] = next.entries.filter((entry) => entry.kind === 'file');
    const planted = path.join(outRoot, first?.path ?? '');
    await rm(planted, { force: true });
    await symlink(path.join(outside, 'mine'), planted);
    await expect(apply(outRoot)).rejects.toMatchObject({
      code: 'PATCH_OUTPUT_EXISTS',
      details: { path: planted },
    });
    expect(await readFile(path.join(outside, 'mine'), 'utf8')).toBe('mine');
  });
});
