import { mkdtemp, rm } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { CreateBucketCommand, S3Client } from '@aws-sdk/client-s3';
import { startCeph } from './ceph.ts';
import { installCeph } from './install-ceph.ts';

/** A real S3 server on this machine, for tests. */
export interface S3Server {
  readonly kind: 'radosgw' | 's3rver';
  readonly endpoint: string;
  readonly region: string;
  readonly credentials: { readonly accessKeyId: string; readonly secretAccessKey: string };
  /** Made, empty. */
  readonly bucket: string;
  /** What this server does not do and radosgw does: tests of these report themselves as skipped, by name. */
  readonly missing: readonly S3Feature[];
  /** Ends its processes and removes its files; more than once is fine. */
  stop(): Promise<void>;
}

export type S3Feature =
  | 'signature-check'
  | 'conditional-write'
  | 'list-parts'
  | 'abort-upload'
  | 'key-order'
  | 'first-byte-range';

const REGION = 'us-east-1';
const S3RVER_CREDENTIALS = { accessKeyId: 'S3RVER', secretAccessKey: 'S3RVER' };

/**
 * Start Ceph's radosgw, installing it by apt when that is possible (root on a Debian-like system), else s3rver.
 * `GANTRY_S3_SERVER=radosgw|s3rver` decides by hand. Takes about 15 s with Ceph installed.
 */
export async function provideS3Server(): Promise<S3Server> {
  const wanted = process.env['GANTRY_S3_SERVER'];
  if (wanted === 's3rver') return startS3rver();
  const found = await installCeph();
  if (found.ok) return startRadosgw();
  if (wanted === 'radosgw') throw new Error(`radosgw was asked for, but ${found.reason}`);
  process.stderr.write(`S3 tests run against s3rver, with fewer checks: ${found.reason}\n`);
  return startS3rver();
}

async function startRadosgw(): Promise<S3Server> {
  const ceph = await startCeph();
  try {
    const bucket = await makeBucket(ceph);
    return { kind: 'radosgw', region: REGION, bucket, missing: [], ...ceph };
  } catch (error) {
    await ceph.stop();
    throw error;
  }
}

async function startS3rver(): Promise<S3Server> {
  const { default: S3rver } = await import('s3rver');
  const directory = await mkdtemp(path.join(os.tmpdir(), 'gantry-s3rver-'));
  const server = new S3rver({ port: 0, address: '127.0.0.1', silent: true, directory, configureBuckets: [] });
  const { port } = await server.run();
  const endpoint = `http://127.0.0.1:${port}`;
  const credentials = S3RVER_CREDENTIALS;
  const bucket = await makeBucket({ endpoint, credentials });
  let stopping: Promise<void> | undefined;
  const stop = async (): Promise<void> => {
    await server.close();
    await rm(directory, { recursive: true, force: true, maxRetries: 5 });
  };
  return {
    kind: 's3rver',
    endpoint,
    region: REGION,
    credentials,
    bucket,
    missing: [
      'signature-check',
      'conditional-write',
      'list-parts',
      'abort-upload',
      'key-order',
      'first-byte-range',
    ],
    stop: () => (stopping ??= stop()),
  };
}

async function makeBucket({
  endpoint,
  credentials,
}: Pick<S3Server, 'endpoint' | 'credentials'>): Promise<string> {
  const bucket = 'gantry-test';
  const client = new S3Client({ endpoint, credentials, region: REGION, forcePathStyle: true });
  try {
    await client.send(new CreateBucketCommand({ Bucket: bucket }));
  } finally {
    client.destroy();
  }
  return bucket;
}
