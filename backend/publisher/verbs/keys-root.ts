import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { Command } from 'commander';
import { composeRoot, rolesOfRoot } from '../../../patcher/trust/compose-documents.ts';
import { signDocument } from '../../../patcher/trust/sign-document.ts';
import { parseTrustDocument } from '../../../patcher/trust/trust-document.ts';
import { createKeySeed, keyIdOf, type TrustKey, type TrustSigner } from '../../../patcher/trust/trust-key.ts';
import { openKeyFile, toKeyFile, toSealedKeyFile } from '../../trust/key-file.ts';
import {
  createTrust,
  rootExpiry,
  signerOf,
  trustFiles,
  trustSecretsSchema,
} from '../../trust/trust-secrets.ts';
import { ask } from '../account/credentials.ts';
import type { CommonOptions, OfflineContext } from '../command/context.ts';
import { readKeyFile } from '../signing/key-request.ts';
import { publisherErrors } from '../publisher-errors.ts';
import { addVerb } from '../command/verb.ts';

export function registerRoot(keys: Command): void {
  const root = new Command('root')
    .summary('operator: the root of trust of a service')
    .description(
      'The keys above all others: make them offline, keep them apart, replace them without a new launcher.',
    );
  registerCreate(root);
  registerRotate(root);
  keys.addCommand(root);
}

interface CreateOptions extends CommonOptions {
  readonly out: string;
  readonly passphrase?: boolean;
}

function registerCreate(root: Command): void {
  addVerb<CreateOptions>(root, {
    name: 'create',
    summary: 'make a root of trust',
    help: `Run it on a machine that is not online. It writes three root keys, of which two must sign; the targets key, which
says who publishes what; trust.json for the service, without these; and trust-root.json for launchers.`,
    options: [
      ['--out <folder>', 'where to write them', 'trust'],
      ['--passphrase', 'seal root and targets keys with a passphrase (GANTRY_KEY_PASSPHRASE, or asked)'],
    ],
    examples: ['gantry keys root create --out /media/usb/trust --passphrase'],
    online: false,
    run: async ({ output }, options) => {
      const folder = resolve(options.out);
      await mkdir(folder, { recursive: true, mode: 0o700 });
      const files = trustFiles(folder);
      const passphrase = options.passphrase ? await readPassphrase() : undefined;
      const { secrets, rootSeeds } = createTrust(Date.now());
      const { targets, ...service } = secrets;
      for (const [index, seed] of rootSeeds.entries()) {
        await writeKey(files.rootKey(index), seed, `root ${index + 1}`, passphrase);
      }
      if (targets !== undefined) await writeKey(files.targetsKey, targets, 'targets', passphrase);
      await writeNew(files.secrets, `${JSON.stringify(service, null, 2)}\n`);
      await writeNew(files.root, secrets.root);
      output.result(
        { folder, rootKeys: rootSeeds.map((_seed, index) => files.rootKey(index)), root: files.root },
        [
          `Made a root of trust in ${folder}.`,
          'Take the three root keys and the targets key apart, offline, each with a copy.',
          `Give ${files.secrets} to the service (keys/trust.json in its data folder, or GANTRY_TRUST).`,
          `Build launchers with ${files.root} (GANTRY_TRUST_ROOT).`,
        ].join('\n'),
      );
    },
  });
}

interface RotateOptions extends CommonOptions {
  readonly root: string;
  readonly key: string[];
  readonly replace?: string[];
  readonly newOnline?: boolean;
  readonly newTargets?: boolean;
  readonly out: string;
}

function registerRotate(root: Command): void {
  addVerb<RotateOptions>(root, {
    name: 'rotate',
    summary: 'sign the root that follows the present one',
    help: `Needs two of the present root keys. With --replace a root key makes way for a new one; with --new-online those of
timestamp and snapshot do, as after a theft; with --new-targets the one that says who publishes what. Without any of
them the root is only renewed. Bring the new trust.json to the service and restart it, then send the root with
gantry keys publish.`,
    options: [
      ['--root <file>', 'the present root', 'trust-root.json'],
      ['--key <files...>', 'root keys to sign with, two or more'],
      ['--replace <ids...>', 'root keys to replace, by the beginning of their ids'],
      ['--new-online', 'new keys for timestamp and snapshot'],
      ['--new-targets', 'a new targets key'],
      ['--out <folder>', 'where to write the new root and keys', 'trust-next'],
    ],
    examples: [
      'gantry keys root rotate --root trust-root.json --key root-key-1.json root-key-2.json --new-online --out next',
      'gantry keys root rotate --key root-key-1.json root-key-3.json --replace 4f1c22',
    ],
    online: false,
    run: async (context, options) => rotate(context, options),
  });
}

/** Nobody would take a root that too few of the present keys have signed. @throws {AppError} `CLI_ROOT_KEYS_MISSING` */
function assertEnough(
  signers: readonly TrustSigner[],
  { keys, threshold: needed }: { readonly keys: readonly TrustKey[]; readonly threshold: number },
): void {
  const present = new Set(keys.map(keyIdOf));
  const signatures = new Set(signers.map(({ key }) => keyIdOf(key)).filter((id) => present.has(id))).size;
  if (signatures < needed) throw publisherErrors.error('CLI_ROOT_KEYS_MISSING', { signatures, needed });
}

async function rotate({ output }: OfflineContext, options: RotateOptions): Promise<void> {
  const before = parseTrustDocument('root', await readFile(options.root));
  const roles = rolesOfRoot(before.signed);
  const signers: TrustSigner[] = [];
  for (const file of options.key ?? [])
    signers.push(await openKeyFile(await readKeyFile(file), readPassphrase));
  assertEnough(signers, roles.root);
  const folder = resolve(options.out);
  await mkdir(folder, { recursive: true, mode: 0o700 });
  const files = trustFiles(folder);

  const made: { readonly file: string; readonly seed: string; readonly name: string }[] = [];
  const makeKey = (file: string, name: string): TrustSigner => {
    const seed = createKeySeed().toString('hex');
    made.push({ file, seed, name });
    return signerOf(seed);
  };
  const rootKeys = roles.root.keys.map((key, index) => {
    if (!options.replace?.some((id) => id.length >= 6 && keyIdOf(key).startsWith(id))) return key;
    const next = makeKey(files.rootKey(index), `root ${index + 1}`);
    signers.push(next);
    return next.key;
  });
  const one = (key: TrustKey) => ({ keys: [key], threshold: 1 });
  const online = options.newOnline ? [createKeySeed().toString('hex'), createKeySeed().toString('hex')] : [];
  const [snapshot, timestamp] = online.map(signerOf);
  const next = {
    root: { keys: rootKeys, threshold: roles.root.threshold },
    targets: options.newTargets ? one(makeKey(files.targetsKey, 'targets').key) : roles.targets,
    snapshot: snapshot === undefined ? roles.snapshot : one(snapshot.key),
    timestamp: timestamp === undefined ? roles.timestamp : one(timestamp.key),
  };
  const terms = { version: before.signed.version + 1, expiresMs: rootExpiry(Date.now()) };
  const document = signDocument<'root'>(composeRoot(terms, next), signers);
  for (const { file, seed, name } of made) await writeKey(file, seed, name, undefined);
  await writeNew(files.root, document.toString());
  if (online.length > 0) {
    const secrets = trustSecretsSchema.parse({ root: before.bytes.toString(), online });
    await writeNew(files.secrets, `${JSON.stringify(secrets, null, 2)}\n`);
  }
  output.result(
    { folder, version: terms.version, root: files.root, newKeys: made.map(({ file }) => file) },
    [
      `Signed root ${terms.version}: ${files.root}`,
      ...made.map(({ file, name }) => `New key "${name}": ${file}`),
      ...(online.length > 0
        ? [
            `Add the "online" keys of ${files.secrets} to the service’s own, restart it, then publish the root.`,
          ]
        : []),
      `Send it with: gantry keys publish ${join(options.out, 'trust-root.json')}`,
    ].join('\n'),
  );
}

async function readPassphrase(): Promise<string> {
  return process.env['GANTRY_KEY_PASSPHRASE'] ?? (await ask('Passphrase: ', 'passphrase', true));
}

async function writeKey(
  file: string,
  seed: string,
  name: string,
  passphrase: string | undefined,
): Promise<void> {
  const key =
    passphrase === undefined ? toKeyFile(seed, name) : await toSealedKeyFile(seed, name, passphrase);
  await writeNew(file, `${JSON.stringify(key, null, 2)}\n`);
}

/** Keys are never written over. */
async function writeNew(file: string, text: string): Promise<void> {
  await writeFile(file, text, { mode: 0o600, flag: 'wx' }).catch((cause: NodeJS.ErrnoException) => {
    if (cause.code === 'EEXIST') throw publisherErrors.error('CLI_FILE_EXISTS', { file }, cause);
    throw cause;
  });
}
