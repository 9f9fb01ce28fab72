import { expect, it } from 'vitest';
import { readEnvironment } from './service-environment.ts';

it('an empty environment leaves everything to the embedded defaults', () => {
  expect(readEnvironment({ PATH: '/bin', DATABASE_URL: '' })).toEqual({});
});

it('names the real parts', () => {
  const options = readEnvironment({
    DATABASE_URL: 'postgres://gantry@db/gantry',
    GANTRY_S3_BUCKET: 'builds',
    GANTRY_S3_REGION: 'eu-central-1',
    GANTRY_CDN_URL: 'https://cdn.example.com/',
    GANTRY_CDN_MIRROR_URLS: 'https://two.example.com/, https://three.example.com',
    GANTRY_PUBLIC_URL: 'https://gantry.example.com',
    GANTRY_RUN_JOBS: 'false',
    GANTRY_TRUST_PROXY: '1',
    GANTRY_PATCH_PART_SEGMENTS: '16',
  });
  expect(options).toEqual({
    databaseUrl: 'postgres://gantry@db/gantry',
    s3: { bucket: 'builds', region: 'eu-central-1' },
    cdnBaseUrl: 'https://cdn.example.com',
    cdnMirrorUrls: ['https://two.example.com', 'https://three.example.com'],
    publicUrl: 'https://gantry.example.com',
    runJobs: false,
    trustProxy: true,
    patchPartSegments: 16,
  });
});

it('a wrong value is named but never quoted', () => {
  const secret = 'mysql://root:hunter2@db';
  const read = () => readEnvironment({ DATABASE_URL: secret, GANTRY_SECRETS: '{}' });
  expect(read).toThrow(/DATABASE_URL/);
  expect(read).not.toThrow(/hunter2/);
  expect(() => readEnvironment({ GANTRY_SECRETS: '{"refreshSecret":"hunter2"}' })).toThrow(
    'The key file GANTRY_SECRETS cannot be used.',
  );
});
