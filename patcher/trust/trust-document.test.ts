import { canonicalize } from '@tufjs/canonical-json';
import { describe, expect, test } from 'vitest';
import {
  testSigner,
  testTarget,
  TestTrustRepository,
  TRUST_START_MS,
} from '../testing/trust/trust-repository.ts';
import { composeGameTargets, composeRoot, composeTargets, type RootRoles } from './compose-documents.ts';
import { createFrameworkChecks } from './framework-checks.ts';
import { signDocument } from './sign-document.ts';
import {
  checkSignatures,
  isGoodSignature,
  parseTrustDocument,
  type RoleKeys,
  type RoleKind,
} from './trust-document.ts';
import { keyIdOf, toTrustKey } from './trust-key.ts';

const publisher = testSigner('publisher');
const other = testSigner('other');
const terms = { version: 1, expiresMs: TRUST_START_MS };
const targets = { 'skylark/channels/linux/stable': testTarget(1) };
const signed = composeGameTargets('skylark', terms, targets);
const document = signDocument<'targets'>(signed, [publisher]);
const keys: RoleKeys = {
  keys: { [publisher.keyId]: publisher.key },
  keyids: [publisher.keyId],
  threshold: 1,
};

/** Whatever JSON there is: tests change it in ways its types forbid. */
type AnyJson = ReturnType<typeof JSON.parse>;

/** The document with its parsed form changed, as canonical as it can be. */
function change(edit: (json: AnyJson) => void, bytes: Buffer = document): Buffer {
  const json: AnyJson = JSON.parse(bytes.toString());
  edit(json);
  return Buffer.from(canonicalize(json));
}

function refusal(kind: RoleKind, bytes: Uint8Array): string {
  try {
    parseTrustDocument(kind, bytes);
    return 'taken';
  } catch (error) {
    return (error as { code: string }).code;
  }
}

function signatureRefusal(bytes: Uint8Array): string {
  try {
    checkSignatures(parseTrustDocument('targets', bytes), 'game-skylark', keys);
    return 'taken';
  } catch (error) {
    return (error as { code: string }).code;
  }
}

describe('the one spelling of a document', () => {
  test('is what was signed, byte for byte', () => {
    expect(parseTrustDocument('targets', document).signed).toEqual(signed);
    const text = document.toString();
    for (const twin of [
      `${text}\n`,
      ` ${text}`,
      `\uFEFF${text}`,
      JSON.stringify(JSON.parse(text), null, 1),
      text.replace('"version":1', '"version":1.0'),
      text.replace('"version":1', '"version":1e0'),
      text.replace('"version":1', '"version":2,"version":1'),
      text.replace('skylark', '\\u0073kylark'),
    ]) {
      expect([twin.slice(0, 20), refusal('targets', Buffer.from(twin))]).toEqual([
        twin.slice(0, 20),
        'TRUST_DOCUMENT_INVALID',
      ]);
    }
  });

  test('has no members, keys or algorithms that nobody here knows', () => {
    for (const edit of [
      (json: AnyJson) => (json.more = 1),
      (json: AnyJson) => (json.signed.more = 1),
      (json: AnyJson) => (json.signed._type = 'snapshot'),
      (json: AnyJson) => (json.signed.spec_version = '2.0.0'),
      (json: AnyJson) => (json.signed.version = 0),
      (json: AnyJson) => (json.signed.version = -1),
      (json: AnyJson) => (json.signed.expires = 'tomorrow'),
      (json: AnyJson) => delete json.signed.expires,
      (json: AnyJson) => (json.signed.scope = '../skylark'),
      (json: AnyJson) => (json.signed.targets['../../etc/passwd'] = testTarget(1)),
      (json: AnyJson) => (json.signed.targets['skylark/channels/amiga/stable'] = testTarget(1)),
      (json: AnyJson) => (json.signed.targets['skylark/channels/linux/stable'].length = 2 ** 40),
      (json: AnyJson) => (json.signed.targets['skylark/channels/linux/stable'].hashes = { md5: '00' }),
      (json: AnyJson) => (json.signatures = []),
      (json: AnyJson) => (json.signatures[0].sig = ''),
      (json: AnyJson) => json.signatures.push(json.signatures[0]),
    ]) {
      expect([edit.toString(), refusal('targets', change(edit))]).toEqual([
        edit.toString(),
        'TRUST_DOCUMENT_INVALID',
      ]);
    }
    expect(refusal('targets', Buffer.alloc(600 * 1024))).toBe('TRUST_TOO_LARGE');
    expect(refusal('targets', Buffer.from('[['.repeat(100_000)))).toBe('TRUST_DOCUMENT_INVALID');
  });

  test('holds no more entries than can be read in a moment', () => {
    const many = Object.fromEntries(
      Array.from({ length: 600 }, (_entry, index) => [`skylark/channels/linux/c${index}`, testTarget(1)]),
    );
    const bytes = signDocument<'targets'>(composeGameTargets('skylark', terms, many), [publisher]);
    expect(refusal('targets', bytes)).toBe('TRUST_DOCUMENT_INVALID');
  });
});

describe('keys', () => {
  const set = (...signers: (typeof publisher)[]) => ({ keys: signers.map(({ key }) => key), threshold: 1 });
  const roles: RootRoles = {
    root: { keys: [publisher.key, other.key], threshold: 2 },
    targets: set(other),
    snapshot: set(other),
    timestamp: set(other),
  };
  const root = signDocument<'root'>(composeRoot(terms, roles), [publisher, other]);

  test('have ids that follow from them, stand once in a role, and are of one algorithm', () => {
    expect(refusal('root', root)).toBe('taken');
    const alias = 'ab'.repeat(32);
    for (const edit of [
      // One key under two names would make a threshold of two by itself.
      (json: AnyJson) => {
        json.signed.keys[alias] = json.signed.keys[publisher.keyId];
        json.signed.roles.root.keyids = [publisher.keyId, alias];
      },
      (json: AnyJson) => (json.signed.roles.root.keyids = [publisher.keyId, publisher.keyId]),
      (json: AnyJson) => (json.signed.roles.root.threshold = 0),
      (json: AnyJson) => (json.signed.roles.root.threshold = 3),
      (json: AnyJson) => (json.signed.roles.root.keyids = [publisher.keyId, alias]),
      (json: AnyJson) => (json.signed.keys[publisher.keyId].scheme = 'rsassa-pss-sha256'),
      (json: AnyJson) => (json.signed.keys[publisher.keyId].keytype = 'rsa'),
      (json: AnyJson) => (json.signed.consistent_snapshot = false),
      (json: AnyJson) => delete json.signed.roles.snapshot,
    ]) {
      expect([edit.toString(), refusal('root', change(edit, root))]).toEqual([
        edit.toString(),
        'TRUST_DOCUMENT_INVALID',
      ]);
    }
  });

  test('of a game are given its own paths and no others', () => {
    const games = new Map([['skylark', [publisher.key]]]);
    const bytes = signDocument<'targets'>(composeTargets('studio', terms, games), [other]);
    expect(refusal('targets', bytes)).toBe('taken');
    for (const edit of [
      (json: AnyJson) => (json.signed.delegations.roles[0].paths = ['*/*/*/*']),
      (json: AnyJson) => (json.signed.delegations.roles[0].name = 'targets'),
      (json: AnyJson) => (json.signed.delegations.roles[0].name = 'game-../../etc'),
      (json: AnyJson) => (json.signed.delegations.roles[0].terminating = false),
      (json: AnyJson) => json.signed.delegations.roles.push(json.signed.delegations.roles[0]),
    ]) {
      expect([edit.toString(), refusal('targets', change(edit, bytes))]).toEqual([
        edit.toString(),
        'TRUST_DOCUMENT_INVALID',
      ]);
    }
  });
});

describe('signatures', () => {
  test('must be there, good, and of keys that may sign; a stranger’s beside a good one is refused too', () => {
    expect(signatureRefusal(document)).toBe('taken');
    const stranger = signDocument<'targets'>(signed, [other]);
    expect(signatureRefusal(stranger)).toBe('TRUST_KEY_UNKNOWN');
    expect(signatureRefusal(signDocument<'targets'>(signed, [publisher, other]))).toBe('TRUST_KEY_UNKNOWN');
    const renamed = change((json) => (json.signatures[0].keyid = publisher.keyId), stranger);
    expect(signatureRefusal(renamed)).toBe('TRUST_SIGNATURE_WRONG');
    expect(signatureRefusal(change((json) => (json.signed.version = 2)))).toBe('TRUST_SIGNATURE_WRONG');
  });

  test('have one form: the same point with S beyond the order of the curve is none', () => {
    const bytes = Buffer.from(canonicalize(signed));
    const good = Buffer.from(publisher.sign(bytes), 'hex');
    expect(isGoodSignature(publisher.key, bytes, good.toString('hex'))).toBe(true);
    // RFC 8032, 5.1.7: 0 <= S < L.
    const order = 2n ** 252n + 27742317777372353535851937790883648493n;
    const s = BigInt(`0x${Buffer.from(good.subarray(32)).reverse().toString('hex')}`) + order;
    const larger = Buffer.from(s.toString(16).padStart(64, '0'), 'hex').reverse();
    const malleable = Buffer.concat([good.subarray(0, 32), larger]);
    expect(isGoodSignature(publisher.key, bytes, malleable.toString('hex'))).toBe(false);
    for (const sig of ['', '00'.repeat(64), good.toString('hex').slice(2)]) {
      expect(isGoodSignature(publisher.key, bytes, sig)).toBe(false);
    }
    expect(isGoodSignature(toTrustKey('00'.repeat(32)), bytes, good.toString('hex'))).toBe(false);
    expect(keyIdOf(publisher.key)).toBe(publisher.keyId);
  });
});

test('the framework judges expiry at the time it is given', () => {
  const repository = new TestTrustRepository();
  repository.release('skylark', 1);
  const bytes = repository.file('timestamp.json');
  const judge = (nowMs: number) => () =>
    createFrameworkChecks(repository.root().bytes, nowMs).updateTimestamp(bytes);
  expect(judge(repository.nowMs)).not.toThrow();
  expect(judge(repository.nowMs + 2 * 86_400_000)).toThrow(/expired/);
});
