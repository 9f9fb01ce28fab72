import type { Sha256 } from '../../formats/manifest.ts';
import type { Patch, PatchSegment } from '../../formats/patch.ts';
import { SeededRandom } from '../../testing/random-bytes.ts';
import type { FakeBuild, FakeNode } from '../../testing/trees/tree-builder.ts';
import type { MakePatchOptions } from '../make/make-patch.ts';
import type { OldContents } from './apply-in-memory.ts';
import { unpackHeaderOf } from './fuzz-layers.ts';
import { GOLDEN_NEW, GOLDEN_OLD } from './golden-builds.ts';
import { makeSmallBuild, openBytes, type PatchFixture } from './patch-fixture.ts';
import { evolveFakeBuild } from '../../testing/trees/tree-builder.ts';
import { buildContent, insertFunctions, type RandomContent } from './random-files.ts';

/** A patch to be tampered with, taken apart, and what it is applied to. */
export interface FuzzSubject {
  readonly name: string;
  /** How often it is drawn, beside the others. */
  readonly weight: number;
  readonly bytes: Uint8Array;
  readonly patch: Patch;
  /** The header's message. */
  readonly headerRaw: Uint8Array;
  /** Of its segments, in order. */
  readonly bodies: readonly Uint8Array[];
  readonly oldRoot: string;
  readonly oldContents: OldContents;
  /** Of the one tree that may come out. */
  readonly newTreeDigest: Sha256;
}

interface Recipe {
  readonly name: string;
  readonly weight: number;
  readonly old: FakeBuild;
  readonly next: FakeBuild;
  readonly options: Partial<MakePatchOptions>;
}

/** Small patches that hold between them all that a patch can hold; those that take long to read are drawn less often. */
export async function makeFuzzSubjects(fixture: PatchFixture): Promise<FuzzSubject[]> {
  const subjects: FuzzSubject[] = [];
  for (const recipe of listRecipes()) subjects.push(await makeSubject(fixture, recipe));
  return subjects;
}

function listRecipes(): Recipe[] {
  const tree = makeTree(4000);
  const program = makeProgram();
  const containers = makeContainers();
  const small = { segmentBytes: 12_000 };
  return [
    { name: 'golden', weight: 3, old: GOLDEN_OLD, next: GOLDEN_NEW, options: {} },
    { name: 'tree', weight: 3, ...tree, options: { ...small, effort: 'default' } },
    { name: 'tree, max', weight: 1, ...makeTree(700), options: { effort: 'max' } },
    { name: 'program', weight: 4, ...program, options: { ...small, effort: 'default' } },
    { name: 'containers', weight: 3, ...containers, options: { effort: 'default' } },
    { name: 'program, max', weight: 1, ...program, options: { ...small, effort: 'max' } },
  ];
}

/** Entries of every kind; files are cut. */
function makeTree(fileBytesMax: number): Pick<Recipe, 'old' | 'next'> {
  const old = makeSmallBuild(1);
  const cut = (build: FakeBuild): FakeBuild =>
    new Map(
      [...build].map(([path, node]): [string, FakeNode] => [
        path,
        node.kind === 'file' ? { ...node, bytes: node.bytes.subarray(0, fileBytesMax) } : node,
      ]),
    );
  return { old: cut(old), next: cut(evolveFakeBuild(old, 2)) };
}

/** A program of 600 functions, and the same with one more. */
function makeProgram(): Pick<Recipe, 'old' | 'next'> {
  const random = new SeededRandom(9);
  const count = 600;
  const functions = Array.from({ length: count }, () => ({
    fillBytes: random.below(12),
    calls: random.below(count),
    loads: random.below(count),
  }));
  const grown = insertFunctions(functions, { at: 200, count: 1, seed: 3 });
  return {
    old: new Map([['game', file({ kind: 'program', functions })]]),
    next: new Map([['game', file({ kind: 'program', functions: grown })]]),
  };
}

/** A zip, a gzip file and a PNG, in each of which something was inserted. */
function makeContainers(): Pick<Recipe, 'old' | 'next'> {
  const random = new SeededRandom(10);
  const [first, second, inserted] = [random.text(2500), random.text(1500), random.text(40)] as const;
  const grown = Buffer.concat([first.subarray(0, 900), inserted, first.subarray(900)]);
  const build = (member: Uint8Array): Map<string, FakeNode> =>
    new Map(
      (['zip', 'gzip', 'png'] as const).map((form) => [
        `pack.${form}`,
        file({ kind: 'container', form, members: [member, second] }),
      ]),
    );
  return { old: build(first), next: build(grown) };
}

function file(content: RandomContent): FakeNode {
  return { kind: 'file', bytes: buildContent(content), mode: 0o755 };
}

async function makeSubject(
  fixture: PatchFixture,
  { name, weight, old, next, options }: Recipe,
): Promise<FuzzSubject> {
  const oldTree = await fixture.write(old);
  const newTree = await fixture.write(next);
  const { bytes } = await fixture.make(oldTree, newTree, { secondOpinion: false, ...options });
  const { patch, readSegment } = await openBytes(bytes);
  return {
    name,
    weight,
    bytes,
    patch,
    headerRaw: unpackHeaderOf(bytes),
    bodies: await Promise.all(patch.segments.map((segment: PatchSegment) => readSegment(segment))),
    oldRoot: oldTree.root,
    oldContents: new Map(
      [...old].flatMap(([path, node]) => (node.kind === 'file' ? [[path, node.bytes] as const] : [])),
    ),
    newTreeDigest: patch.newTreeDigest,
  };
}
