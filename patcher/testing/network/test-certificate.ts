import { createHash, generateKeyPairSync, type KeyObject, randomBytes, sign } from 'node:crypto';

/** What a server needs to speak TLS, in PEM. */
export interface TestCertificate {
  readonly key: string;
  readonly cert: string;
}

const DAY_MS = 86_400_000;

/**
 * A certificate for this machine (`localhost`, `127.0.0.1`), signed by itself.
 * @param days From when until when it holds, from now on.
 * @see https://datatracker.ietf.org/doc/html/rfc5280
 */
export function makeTestCertificate(days = { from: -1, to: 1 }): TestCertificate {
  const { publicKey, privateKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
  const toBeSigned = certificateBody(publicKey, days);
  const signature = bitString(sign('sha256', toBeSigned, privateKey));
  const der = sequence(toBeSigned, ECDSA_WITH_SHA256, signature);
  return {
    key: privateKey.export({ type: 'pkcs8', format: 'pem' }).toString(),
    cert: `-----BEGIN CERTIFICATE-----\n${der.toString('base64')}\n-----END CERTIFICATE-----\n`,
  };
}

function certificateBody(publicKey: KeyObject, days: { readonly from: number; readonly to: number }): Buffer {
  const info = publicKey.export({ type: 'spki', format: 'der' });
  const name = sequence(tagged(0x31, sequence(objectId('550403'), tagged(0x0c, Buffer.from('localhost')))));
  const at = (count: number) => {
    const text = new Date(Date.now() + count * DAY_MS).toISOString().replace(/[-:T]|\.\d+/g, '');
    return tagged(0x18, Buffer.from(text));
  };
  const dnsName = tagged(0x82, Buffer.from('localhost'));
  const address = tagged(0x87, Buffer.of(127, 0, 0, 1));
  const extensions = [
    extension('551d11', sequence(dnsName, address)),
    // It signs itself.
    extension('551d13', sequence(tagged(0x01, Buffer.of(0xff)))),
    extension('551d0e', tagged(0x04, createHash('sha1').update(info).digest())),
  ];
  const serial = tagged(0x02, Buffer.concat([Buffer.of(1), randomBytes(8)]));
  const version = tagged(0xa0, tagged(0x02, Buffer.of(2)));
  const validity = sequence(at(days.from), at(days.to));
  const all = [version, serial, ECDSA_WITH_SHA256, name, validity, name, info];
  return sequence(...all, tagged(0xa3, sequence(...extensions)));
}

function extension(id: string, value: Buffer): Buffer {
  return sequence(objectId(id), tagged(0x04, value));
}

function sequence(...parts: readonly Buffer[]): Buffer {
  return tagged(0x30, Buffer.concat(parts));
}

/** @param hex The identifier as it is coded. */
function objectId(hex: string): Buffer {
  return tagged(0x06, Buffer.from(hex, 'hex'));
}

function bitString(bytes: Buffer): Buffer {
  return tagged(0x03, Buffer.concat([Buffer.of(0), bytes]));
}

function tagged(tag: number, value: Buffer): Buffer {
  const { length } = value;
  const head =
    length < 0x80 ? [length] : length < 0x100 ? [0x81, length] : [0x82, length >> 8, length & 0xff];
  return Buffer.concat([Buffer.of(tag, ...head), value]);
}

const ECDSA_WITH_SHA256 = sequence(objectId('2a8648ce3d040302'));
