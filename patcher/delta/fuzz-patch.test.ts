import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { fuzzPatches } from './testing/fuzz-patch.ts';
import { type FuzzSubject, makeFuzzSubjects } from './testing/fuzz-subjects.ts';
import { PatchFixture } from './testing/patch-fixture.ts';

describe('a patch that was tampered with', () => {
  let fixture: PatchFixture;
  let subjects: FuzzSubject[];
  beforeAll(async () => {
    fixture = await PatchFixture.open();
    subjects = await makeFuzzSubjects(fixture);
  });
  afterAll(() => fixture[Symbol.asyncDispose]());

  it('is tried with address maps, every coding, several segments, and files that are copied', () => {
    const maps = subjects.filter(({ patch }) => patch.addressMaps.length > 0);
    const several = subjects.filter(({ patch }) => patch.segments.length > 1);
    expect([maps.length, several.length]).toEqual([2, 4]);
  });

  it('gives the right tree or a typed error, in bounded time and memory', async () => {
    const { layers } = await fuzzPatches({ fixture, subjects, first: 0, end: 400 });
    const codes = new Set([...layers.values()].flatMap(({ outcomes }) => [...outcomes.keys()]));
    expect([...codes]).toEqual(
      expect.arrayContaining(['PATCH_FORMAT_INVALID', 'PATCH_SEGMENT_DAMAGED', 'PATCH_RESULT_MISMATCH']),
    );
  });
});
