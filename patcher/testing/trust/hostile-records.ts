import { createHash } from 'node:crypto';
import { canonicalize } from '@tufjs/canonical-json';
import { AppError } from '../../errors.ts';
import { createMetadataSource } from '../../trust/metadata-source.ts';
import { updateRepository } from '../../trust/update-repository.ts';
import { updateRoot } from '../../trust/update-root.ts';
import { SeededRandom } from '../random-bytes.ts';
import { TestTrustRepository } from './trust-repository.ts';
import type { TrustDocument } from '../../trust/trust-document.ts';
import type { TrustSigner } from '../../trust/trust-key.ts';

/** What became of many mutated records. */
export interface HostileRecords {
  readonly attempts: number;
  /** Refusals by code. */
  readonly refused: Readonly<Record<string, number>>;
  /** The honest build all the same: what was changed is not read, or means the same. */
  readonly harmless: number;
  /** Of the slowest attempt. */
  readonly slowestMs: number;
}

/** A repository with a game and a second root, as a launcher that knows the first root meets it. */
function honestRepository(): TestTrustRepository {
  const repository = new TestTrustRepository();
  const first = repository.root();
  repository.release('skylark', 1);
  repository.release('skylark', 2, { channel: 'beta' });
  repository.signRoot(repository.keys.root.slice(0, 2));
  repository.release('skylark', 3);
  repository.files.set('1.root.json', first.bytes);
  return repository;
}

/**
 * Mutate one record in each attempt: bytes, JSON values, structure; half of them signed again by the keys that may, as a
 * thief of these keys would, so that the checks behind the signatures are reached as well.
 * @throws whatever is thrown that is no typed refusal, with the seed of its attempt.
 */
export async function tryHostileRecords(attempts: number, seed: number): Promise<HostileRecords> {
  const honest = honestRepository();
  const files = honest.save();
  const names = [...files.keys()].filter((name) => isServed(honest, name));
  const [firstRoot, newestRoot] = [honest.root(1), honest.root(2)];
  const refused: Record<string, number> = {};
  let harmless = 0;
  let slowestMs = 0;
  for (let attempt = 0; attempt < attempts; attempt++) {
    const random = new SeededRandom(seed + attempt);
    const name = names[random.below(names.length)] as string;
    honest.restore(files);
    const { bytes, isSigned } = mutate(random, files.get(name) as Buffer, signersOf(honest, name));
    honest.files.set(name, bytes);
    if (isSigned) announceAgain(honest, name);
    const begun = performance.now();
    // Whoever has the publisher's key says what the publisher's builds are.
    const mayDiffer = isSigned && name.includes('game-');
    // A launcher that was there before knows the newest root; only a new one takes the way from the first.
    const known = name.endsWith('root.json') ? firstRoot : newestRoot;
    const code = await look(honest, { known, mayDiffer }).catch((error: unknown) => {
      throw new Error(`seed ${seed + attempt}, ${name}`, { cause: error });
    });
    slowestMs = Math.max(slowestMs, performance.now() - begun);
    if (code === undefined) harmless += 1;
    else refused[code] = (refused[code] ?? 0) + 1;
  }
  return { attempts, refused, harmless, slowestMs };
}

/** Whether a launcher asks for it at all. */
function isServed({ versions, scope }: TestTrustRepository, name: string): boolean {
  if (name === '2.root.json' || name === `${scope}/timestamp.json`) return true;
  return ['snapshot', 'targets', 'game-skylark'].some(
    (role) => name === `${scope}/${versions[role]}.${role}.json`,
  );
}

function signersOf({ keys, publishers }: TestTrustRepository, name: string): TrustSigner[] {
  if (name.includes('root')) return keys.root.slice(0, 2);
  if (name.includes('timestamp')) return [keys.timestamp];
  if (name.includes('snapshot')) return [keys.snapshot];
  return name.includes('game-') ? [...publishers.values()] : [keys.targets];
}

/** @returns the code of the refusal, undefined where the honest build came out. */
async function look(
  repository: TestTrustRepository,
  { known, mayDiffer }: { readonly known: TrustDocument<'root'>; readonly mayDiffer: boolean },
): Promise<string | undefined> {
  const source = createMetadataSource({
    fetch: repository.fetch,
    baseUrl: async () => 'https://cdn.example/trust/',
  });
  repository.asked.length = 0;
  try {
    const root = await updateRoot(known, source, async () => undefined);
    const update = { scope: repository.scope, gameId: 'skylark', source, stored: undefined };
    const { targets } = await updateRepository({ ...update, root, nowMs: repository.nowMs });
    const found = targets.targets['skylark/channels/linux/stable'];
    if (found === undefined && mayDiffer) return 'TRUST_CHANNEL_UNSIGNED';
    if (found?.custom.buildId === 3 || mayDiffer) return undefined;
    throw new Error(`another build than the honest one: ${JSON.stringify(found)}`);
  } catch (error) {
    if (error instanceof AppError && error.code.startsWith('TRUST_')) return error.code;
    throw error;
  }
}

interface Mutated {
  readonly bytes: Buffer;
  /** By the keys that may. */
  readonly isSigned: boolean;
}

function mutate(random: SeededRandom, bytes: Buffer, signers: readonly TrustSigner[]): Mutated {
  const kind = random.below(10);
  if (kind < 4) return { bytes: spoil(random, bytes, kind), isSigned: false };
  const document = JSON.parse(bytes.toString()) as { signatures: unknown; signed: unknown };
  const changes = 1 + random.below(3);
  for (let change = 0; change < changes; change++) mutateValue(random, document as never);
  // The honest repository's rules are kept by whoever holds its keys only as far as the checks make them.
  const isSigned = kind < 8;
  if (isSigned) resign(document, signers);
  const text = kind === 9 ? JSON.stringify(document, null, 1) : stringify(document);
  return { bytes: Buffer.from(text), isSigned };
}

/** Bytes of which nothing is known. */
function spoil(random: SeededRandom, bytes: Buffer, kind: number): Buffer {
  if (kind === 0) return flip(random, bytes);
  if (kind === 1) return bytes.subarray(0, random.below(bytes.length));
  if (kind === 2) return Buffer.concat([bytes, random.bytes(1 + random.below(2000))]);
  return Buffer.from(random.bytes(random.below(3000)));
}

/** What names a changed record is made to name it as it is now, as a thief of the online keys would. */
function announceAgain(repository: TestTrustRepository, name: string): void {
  const { scope, versions, keys } = repository;
  const snapshotName = `${versions['snapshot']}.snapshot.json`;
  const [, role] = /\/\d+\.(targets|game-.*)\.json$/.exec(name) ?? [];
  if (role !== undefined) {
    const bytes = repository.files.get(name) ?? Buffer.alloc(0);
    const snapshot = changeMeta(repository.file(snapshotName), `${role}.json`, bytes, keys.snapshot);
    repository.replace(snapshotName, snapshot);
  }
  if (role !== undefined || name === `${scope}/${snapshotName}`) {
    const bytes = repository.file(snapshotName);
    const timestamp = changeMeta(repository.file('timestamp.json'), 'snapshot.json', bytes, keys.timestamp);
    repository.replace('timestamp.json', timestamp);
  }
}

function changeMeta(announcing: Buffer, file: string, bytes: Buffer, signer: TrustSigner): Buffer {
  const document = JSON.parse(announcing.toString()) as {
    signatures: unknown;
    signed: { meta: Record<string, { length: number; hashes: object }> };
  };
  const sha256 = createHash('sha256').update(bytes).digest('hex');
  const before = document.signed.meta[file] ?? { length: 0, hashes: {} };
  document.signed.meta[file] = { ...before, length: bytes.length, hashes: { sha256 } };
  resign(document, [signer]);
  return Buffer.from(stringify(document));
}

function flip(random: SeededRandom, bytes: Buffer): Buffer {
  const flipped = Buffer.from(bytes);
  for (let bit = 1 + random.below(4); bit > 0; bit--) {
    const at = random.below(flipped.length);
    flipped[at] = (flipped[at] as number) ^ (1 << random.below(8));
  }
  return flipped;
}

type Json = null | boolean | number | string | Json[] | { [name: string]: Json };

/** Change one value somewhere below. */
function mutateValue(random: SeededRandom, root: { [name: string]: Json }): void {
  let holder: Json[] | { [name: string]: Json } = root;
  for (;;) {
    const names = Object.keys(holder);
    const name = names[random.below(names.length)];
    if (name === undefined) return;
    const value = (holder as { [name: string]: Json })[name] as Json;
    const isDeep = typeof value === 'object' && value !== null && Object.keys(value).length > 0;
    if (isDeep && random.below(5) > 0) holder = value;
    else return replaceValue(random, holder as { [name: string]: Json }, name);
  }
}

function replaceValue(random: SeededRandom, holder: { [name: string]: Json }, name: string): void {
  const value = holder[name] as Json;
  const others: (() => void)[] = [
    () => void delete holder[name],
    () => void (holder[name] = strangeValue(random)),
    () => void (holder[strangeName(random)] = value),
    () => void Object.defineProperty(holder, '__proto__', { ...OWN, value }),
    () => void (holder[name] = typeof value === 'number' ? value + random.below(1e9) - 5e8 : [value]),
    () => void (holder[name] = typeof value === 'string' ? value.slice(random.below(9)) : 'a text'),
  ];
  others[random.below(others.length)]?.();
}

/** What JSON.parse makes of a name, whatever it means elsewhere. */
const OWN = { enumerable: true, configurable: true, writable: true } as const;

function strangeName(random: SeededRandom): string {
  const names = [
    '__proto__',
    'constructor',
    'toString',
    '../../etc/passwd',
    '',
    'root.json',
    'game-skylark',
    '\u0000',
  ];
  return names[random.below(names.length)] ?? '';
}

function strangeValue(random: SeededRandom): Json {
  const values: Json[] = [
    null,
    true,
    -1,
    0,
    1.5,
    2 ** 53,
    1e308,
    '',
    'x'.repeat(random.below(5000)),
    '\uD800',
    '2026-13-45T99:99:99Z',
    '9999-12-31T23:59:59Z',
    [],
    {},
    [[[[[[[[[[]]]]]]]]]],
    Array.from({ length: random.below(3000) }, (_item, index) => index),
    Object.fromEntries(Array.from({ length: random.below(3000) }, (_item, index) => [`k${index}`, index])),
  ];
  return values[random.below(values.length)] ?? null;
}

function resign(document: { signatures: unknown; signed: unknown }, signers: readonly TrustSigner[]): void {
  const bytes = Buffer.from(stringify(document.signed));
  document.signatures = signers.map((signer) => ({ keyid: signer.keyId, sig: signer.sign(bytes) }));
}

/** Canonical where the value can be. */
function stringify(value: unknown): string {
  try {
    return canonicalize(value);
  } catch {
    return JSON.stringify(value) ?? 'null';
  }
}
