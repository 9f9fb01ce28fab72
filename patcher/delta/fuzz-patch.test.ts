import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { parseSegmentBody, type SegmentBody } from '../formats/segment-body.ts';
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

  it('is tried with address maps, containers, every coding, and several segments', () => {
    const bodies = subjects.flatMap((subject) => subject.bodies.map((body) => parseSegmentBody(body)));
    const seen = (read: (body: SegmentBody | undefined) => unknown): Set<unknown> =>
      new Set(bodies.map(read));
    expect(seen((body) => body?.predicted)).toEqual(new Set([false, true]));
    expect(seen((body) => body?.expanded !== undefined)).toEqual(new Set([false, true]));
    expect(seen((body) => body?.differencesCoding)).toEqual(new Set([0, 1, 2]));
    expect(seen((body) => body?.extraCoding)).toEqual(new Set([0, 1]));
    expect(bodies.length).toBeGreaterThan(subjects.length);
  });

  it('gives the right tree or a typed error, in bounded time and memory', async () => {
    const { layers } = await fuzzPatches({ fixture, subjects, first: 0, end: 400 });
    const codes = new Set([...layers.values()].flatMap(({ outcomes }) => [...outcomes.keys()]));
    expect([...codes]).toEqual(
      expect.arrayContaining(['PATCH_FORMAT_INVALID', 'PATCH_SEGMENT_DAMAGED', 'PATCH_RESULT_MISMATCH']),
    );
  });
});
