// Writes the signed release record beside electron-builder's feed files: what the launcher trusts instead of the feed.
// Usage: GANTRY_RELEASE_PRIVATE_KEY=<PKCS#8 PEM> node build/package/sign-release.ts dist --minimum 0.1.0 [--rollout 5] [--notes FILE]
import { createHash, createPrivateKey, sign } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { readdir, readFile, stat, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { pipeline } from 'node:stream/promises';
import { parseArgs } from 'node:util';

/** What a launcher downloads; block maps and feed files need no entry. */
const INSTALLERS = /\.(?:AppImage|deb|exe|dmg|zip)$/;

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    minimum: { type: 'string' },
    rollout: { type: 'string', default: '100' },
    notes: { type: 'string' },
  },
});
const [folder] = positionals;
const pem = process.env['GANTRY_RELEASE_PRIVATE_KEY'];
if (folder === undefined || values.minimum === undefined || pem === undefined) {
  console.error(
    'usage: GANTRY_RELEASE_PRIVATE_KEY=… node build/package/sign-release.ts <folder> --minimum <version>',
  );
  process.exit(2);
}

const manifest = JSON.parse(await readFile(new URL('../../package.json', import.meta.url), 'utf8')) as {
  version: string;
};
const names = (await readdir(folder)).filter((name) => INSTALLERS.test(name)).toSorted();
const record = {
  product: 'gantry-launcher',
  version: manifest.version,
  minimumVersion: values.minimum,
  rolloutPercent: Number(values.rollout),
  notes: values.notes === undefined ? '' : await readFile(values.notes, 'utf8'),
  files: await Promise.all(names.map((name) => describeFile(path.join(folder, name), name))),
};
const bytes = Buffer.from(`${JSON.stringify(record, null, 2)}\n`);
const file = path.join(folder, `release-${record.version}.json`);
await writeFile(file, bytes);
await writeFile(`${file}.sig`, `${sign(null, bytes, createPrivateKey(pem)).toString('base64')}\n`);
console.log(file);

async function describeFile(place: string, name: string) {
  const hash = createHash('sha512');
  await pipeline(createReadStream(place), hash);
  return { name, sizeBytes: (await stat(place)).size, sha512: hash.digest('hex') };
}
