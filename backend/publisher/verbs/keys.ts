import { readFile, writeFile } from 'node:fs/promises';
import { resolve } from 'node:path';
import { Command } from 'commander';
import { formatTable } from '../../../patcher/terminal/quantities.ts';
import { parseTrustDocument } from '../../../patcher/trust/trust-document.ts';
import { publicKeySchema } from '../../api/contract.ts';
import { keyChangeText } from '../../trust/delegate-game.ts';
import type { KeyFile } from '../../trust/key-file.ts';
import type { CliContext, CommonOptions } from '../command/context.ts';
import { ask } from '../account/credentials.ts';
import {
  approveRequest,
  type KeyRequest,
  readApproval,
  readKeyFile,
  readRequest,
} from '../signing/key-request.ts';
import { publisherErrors } from '../publisher-errors.ts';
import { findSigningKey, readOwnRecord, signRecord } from '../signing/sign-game.ts';
import { addVerb } from '../command/verb.ts';
import { registerRoot } from './keys-root.ts';

interface NewKeyOptions extends CommonOptions {
  readonly name: string;
  readonly passphrase?: boolean;
}

export function registerKeys(program: Command): void {
  const keys = new Command('keys')
    .summary('the keys that sign your builds')
    .description('The keys that sign your builds, and the root of trust of a service. See docs/trust.md.');
  registerOwnKeys(keys);
  registerGameKeys(keys);
  registerOperatorKeys(keys);
  registerRoot(keys);
  program.addCommand(keys);
}

function registerOwnKeys(keys: Command): void {
  addVerb(keys, {
    name: 'list',
    summary: 'list the keys on this machine',
    help: 'The key given in GANTRY_SIGNING_KEY stands at the end.',
    examples: ['gantry keys list'],
    run: async (context) => {
      const all = await context.keys.list();
      const rows = all.map((key) => [
        key.keyId.slice(0, 16),
        key.name,
        { plain: 'yes', passphrase: 'behind a passphrase', none: 'no' }[key.private.kind],
        key.createdAt.slice(0, 10),
      ]);
      context.output.result(
        { keys: all.map((key) => describe(context, key)) },
        rows.length === 0
          ? 'No keys yet; the first push makes one.'
          : formatTable([['key', 'name', 'private half here', 'since'], ...rows]),
      );
    },
  });

  addVerb<NewKeyOptions>(keys, {
    name: 'create',
    summary: 'make a key',
    help: `The newest key is the one that publishes games which have none yet. Back the file up: whoever has it can publish
your games, and a lost key can only be replaced by the service's operator.`,
    options: [
      ['--name <name>', 'what it is for, in your words', 'publisher'],
      ['--passphrase', 'seal it with a passphrase (GANTRY_KEY_PASSPHRASE, or asked)'],
    ],
    examples: ['gantry keys create --name "Studio, release machine" --passphrase'],
    run: async (context, { name, passphrase }) => {
      const key = await context.keys.create({
        name,
        passphrase: passphrase ? await askPassphrase() : undefined,
      });
      const file = context.keys.fileOf(key);
      context.output.result(
        describe(context, key),
        `Made the key ${key.keyId.slice(0, 16)}: ${file}\nBack it up.`,
      );
    },
  });

  addVerb(keys, {
    name: 'export',
    summary: 'print a key’s public half',
    help: 'For colleagues (gantry keys trust) and operators. It is no secret.',
    arguments: [['<key>', 'its name, or the beginning of its id']],
    examples: ['gantry keys export publisher'],
    run: async (context, _options, name = '') => {
      const key = await context.keys.find(name);
      context.output.result(describe(context, key), key.public);
    },
  });

  addVerb<NewKeyOptions>(keys, {
    name: 'trust',
    summary: 'know a colleague’s key by its public half',
    help: 'Then a push builds on what they signed. Take the public half from them, not from the service.',
    arguments: [['<public>', '64 hex digits, as gantry keys export prints them']],
    options: [['--name <name>', 'whose it is', 'colleague']],
    examples: ['gantry keys trust 3b6a…29da --name Ada'],
    run: async (context, { name }, given = '') => {
      const parsed = publicKeySchema.safeParse(given);
      if (!parsed.success) {
        throw publisherErrors.error('CLI_OPTION_INVALID', {
          option: '<public>',
          value: given,
          allowed: '64 hex digits',
        });
      }
      const key = await context.keys.trust(parsed.data, name);
      context.output.result(
        describe(context, key),
        `Records signed by ${key.keyId.slice(0, 16)} are yours too.`,
      );
    },
  });
}

interface RotateOptions extends CommonOptions {
  readonly to?: string;
  readonly keep?: boolean;
  readonly passphrase?: boolean;
}

function registerGameKeys(keys: Command): void {
  addVerb<RotateOptions>(keys, {
    name: 'rotate',
    summary: 'publish a game with another key from now on',
    help: `Signed with the old key, so it takes effect at once and players notice nothing. Where the service does not hold
the targets key, its operator has to approve: see gantry keys request.`,
    arguments: [['<game>', 'the game’s id']],
    options: [
      ['--to <key>', 'a key that is here already (default: a new one)'],
      ['--keep', 'let the old key publish too'],
      ['--passphrase', 'seal the new key with a passphrase'],
    ],
    examples: ['gantry keys rotate skyforge', 'gantry keys rotate skyforge --to release --keep'],
    run: async (context, options, gameId = '') => {
      const next = await chooseNext(context, options);
      const { keys: before } = await context.api.gameTrust(
        { params: { gameId } },
        { signal: context.signal },
      );
      const publics = options.keep ? [...new Set([...before, next.public])] : [next.public];
      await changeKeys(context, gameId, publics, next);
      context.output.result(
        { gameId, keys: publics, newKey: describe(context, next) },
        `${gameId} is published with ${next.keyId.slice(0, 16)} now: ${context.keys.fileOf(next)}\nBack it up.`,
      );
    },
  });

  addVerb(keys, {
    name: 'revoke',
    summary: 'take a key from a game',
    help: 'For a key that is not used any more or that somebody else may have. Another of the game’s keys must be here.',
    arguments: [
      ['<game>', 'the game’s id'],
      ['<key>', 'its public half, its name here, or the beginning of its id'],
    ],
    examples: ['gantry keys revoke skyforge old-laptop'],
    run: async (context, _options, gameId = '', name = '') => {
      const trust = await context.api.gameTrust({ params: { gameId } }, { signal: context.signal });
      const revoked = trust.keys.includes(name) ? name : (await context.keys.find(name)).public;
      const left = trust.keys.filter((key) => key !== revoked);
      if (left.length === 0) throw publisherErrors.error('CLI_KEY_LAST', { gameId });
      const signer = await findSigningKey(context.keys, gameId, { ...trust, keys: left });
      await changeKeys(context, gameId, left, signer);
      context.output.result({ gameId, keys: left }, `That key publishes ${gameId} no more.`);
    },
  });

  addVerb<RotateOptions & { readonly out: string }>(keys, {
    name: 'request',
    summary: 'ask the operator to hand a game to your key',
    help: `For a lost or stolen key, and for services that do not hold the targets key. Writes a file to send to the service's
operator, who should make sure that it is really you, and runs gantry keys approve.`,
    arguments: [['<game>', 'the game’s id']],
    options: [
      ['--to <key>', 'a key that is here already (default: a new one)'],
      ['--passphrase', 'seal the new key with a passphrase'],
      ['--out <file>', 'where to write the request', 'key-request.json'],
    ],
    examples: ['gantry keys request skyforge'],
    run: async (context, options, gameId = '') => {
      const next = await chooseNext(context, options);
      const trust = await context.api.gameTrust({ params: { gameId } }, { signal: context.signal });
      const { organisationId, targets, document: last } = trust;
      // The key that signed it is lost: what it says is taken over, and shown to the operator's eye by its version.
      const before = last === null ? undefined : parseTrustDocument('targets', Buffer.from(last)).signed;
      const signer = await context.keys.open(next);
      const document =
        before === undefined ? null : signRecord(gameId, before, before.targets, signer).toString();
      const request: KeyRequest = {
        format: 'gantry-key-request',
        version: 1,
        organisationId,
        gameId,
        keys: [next.public],
        targets,
        document,
      };
      const file = resolve(options.out);
      await writeFile(file, `${JSON.stringify(request, null, 2)}\n`);
      context.output.result(
        { gameId, file, newKey: describe(context, next) },
        `Wrote ${file}.\nSend it to the service's operator; tell them the key ${next.keyId.slice(0, 16)} by another way.`,
      );
    },
  });
}

function registerOperatorKeys(keys: Command): void {
  addVerb<CommonOptions & { readonly key: string; readonly out?: string }>(keys, {
    name: 'approve',
    summary: 'operator: hand a game to the key of a request',
    help: `Signs the organisation's next targets record with the targets key. Make sure first, by another way than the request
came, that it is from the game's publisher: whoever has this key publishes the game. With --out nothing is sent: carry
the file to a machine that is online and run gantry keys publish.`,
    arguments: [['<request>', 'the file that gantry keys request wrote']],
    options: [
      ['--key <file>', 'the targets key', 'targets-key.json'],
      ['--out <file>', 'write the approval there rather than send it'],
    ],
    examples: [
      'gantry keys approve key-request.json --key /media/usb/targets-key.json --out approval.json',
      'gantry keys approve key-request.json --key ~/.gantry-service/keys/targets-key.json',
    ],
    run: async (context, options, file = '') => {
      const request = await readRequest(file);
      const signer = await context.keys.open(await readKeyFile(options.key));
      const approval = approveRequest(request, signer);
      if (options.out === undefined) await sendApproval(context, approval);
      else await writeFile(resolve(options.out), `${JSON.stringify(approval, null, 2)}\n`);
      const { gameId, organisationId } = request;
      context.output.result(
        { gameId, organisationId, keys: request.keys, out: options.out ?? null },
        options.out === undefined
          ? `${gameId} is published with the requested key now.`
          : `Wrote ${resolve(options.out)}. Send it with: gantry keys publish ${options.out}`,
      );
    },
  });

  addVerb(keys, {
    name: 'publish',
    summary: 'operator: send a signed root or approval to the service',
    help: 'The service takes what the right keys have signed, whoever sends it.',
    arguments: [['<file>', 'what gantry keys approve --out or gantry keys root rotate wrote']],
    examples: ['gantry keys publish root.json', 'gantry keys publish approval.json'],
    run: async (context, _options, file = '') => {
      const text = await readFile(file, 'utf8');
      if (text.includes('"gantry-approval"')) await sendApproval(context, readApproval(text, file));
      else await context.api.replaceRoot({ body: { document: text.trim() } }, { signal: context.signal });
      context.output.result({ file, published: true }, 'The service took it.');
    },
  });
}

async function sendApproval(
  { api, signal }: CliContext,
  approval: ReturnType<typeof approveRequest>,
): Promise<void> {
  const { organisationId, targets, documents } = approval;
  await api.takeDelegations({ params: { organisationId }, body: { targets, documents } }, { signal });
}

async function chooseNext(
  { keys }: CliContext,
  { to, passphrase }: Pick<RotateOptions, 'to' | 'passphrase'>,
): Promise<KeyFile> {
  if (to !== undefined) return await keys.find(to);
  return await keys.create({ name: 'publisher', passphrase: passphrase ? await askPassphrase() : undefined });
}

/** Hand a game to some keys, with a signature of one that publishes it now. */
async function changeKeys(
  context: CliContext,
  gameId: string,
  publics: readonly string[],
  signsNext: KeyFile,
): Promise<void> {
  const { api, signal, keys } = context;
  const trust = await api.gameTrust({ params: { gameId } }, { signal });
  const { organisationId } = trust;
  const record = await readOwnRecord(context, gameId, trust);
  const next = await keys.open(signsNext);
  const document = record === undefined ? null : signRecord(gameId, record, record.targets, next).toString();
  const text = keyChangeText({ organisationId, gameId, keys: publics });
  const prover = trust.keys.length === 0 ? next : await keys.open(await findSigningKey(keys, gameId, trust));
  const proof = { keyId: prover.keyId, sig: prover.sign(text) };
  await api.changeGameKeys({ params: { gameId }, body: { keys: [...publics], document, proof } }, { signal });
}

async function askPassphrase(): Promise<string> {
  return process.env['GANTRY_KEY_PASSPHRASE'] ?? (await ask('Passphrase: ', 'passphrase', true));
}

function describe(context: CliContext, key: KeyFile) {
  const { keyId, name, createdAt } = key;
  return {
    keyId,
    name,
    public: key.public,
    createdAt,
    file: context.keys.fileOf(key),
    private: key.private.kind,
  };
}
