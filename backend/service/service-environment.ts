import { z } from 'zod';
import type { S3StoreOptions } from '../storage/s3-store.ts';
import { startErrors } from './errors.ts';
import type { ServiceOptions } from './serve.ts';

const schema = z.object({
  DATABASE_URL: z.url().optional(),
  GANTRY_PUBLIC_URL: z.url().optional(),
  GANTRY_CDN_URL: z.url().optional(),
  GANTRY_S3_BUCKET: z.string().min(3).optional(),
  GANTRY_S3_REGION: z.string().default('us-east-1'),
  GANTRY_S3_ENDPOINT: z.url().optional(),
  GANTRY_S3_ACCESS_KEY_ID: z.string().optional(),
  GANTRY_S3_SECRET_ACCESS_KEY: z.string().optional(),
  GANTRY_TRUST_PROXY: z.enum(['0', '1']).optional(),
  GANTRY_HEARTBEAT_SECONDS: z.coerce.number().positive().max(300).optional(),
  GANTRY_OWNER_EMAIL: z.email().optional(),
  GANTRY_OWNER_PASSWORD: z.string().min(8).optional(),
});

/** What the environment says of the service; secrets come from nowhere else. */
export type EnvironmentOptions = Pick<
  ServiceOptions,
  'databaseUrl' | 'publicUrl' | 'cdnBaseUrl' | 's3' | 'trustProxy' | 'heartbeatSeconds' | 'bootstrap'
>;

/** @throws {AppError} `SERVICE_CONFIG_INVALID`, naming the variables but not their values. */
export function readEnvironment(environment: NodeJS.ProcessEnv): EnvironmentOptions {
  const parsed = schema.safeParse(environment);
  if (!parsed.success) {
    const variables = parsed.error.issues.map((issue) => issue.path.join('.')).join(', ');
    throw startErrors.error('SERVICE_CONFIG_INVALID', { reason: variables });
  }
  const values = parsed.data;
  const s3 = readS3(values);
  return {
    ...(values.DATABASE_URL !== undefined && { databaseUrl: values.DATABASE_URL }),
    ...(values.GANTRY_PUBLIC_URL !== undefined && { publicUrl: values.GANTRY_PUBLIC_URL }),
    ...(values.GANTRY_CDN_URL !== undefined && { cdnBaseUrl: values.GANTRY_CDN_URL }),
    ...(values.GANTRY_TRUST_PROXY !== undefined && { trustProxy: values.GANTRY_TRUST_PROXY === '1' }),
    ...(values.GANTRY_HEARTBEAT_SECONDS !== undefined && {
      heartbeatSeconds: values.GANTRY_HEARTBEAT_SECONDS,
    }),
    ...(s3 !== undefined && { s3 }),
    bootstrap: {
      ...(values.GANTRY_OWNER_EMAIL !== undefined && { email: values.GANTRY_OWNER_EMAIL }),
      ...(values.GANTRY_OWNER_PASSWORD !== undefined && { password: values.GANTRY_OWNER_PASSWORD }),
    },
  };
}

function readS3(values: z.output<typeof schema>): S3StoreOptions | undefined {
  if (values.GANTRY_S3_BUCKET === undefined) return undefined;
  const { GANTRY_S3_ACCESS_KEY_ID: accessKeyId, GANTRY_S3_SECRET_ACCESS_KEY: secretAccessKey } = values;
  return {
    bucket: values.GANTRY_S3_BUCKET,
    region: values.GANTRY_S3_REGION,
    ...(values.GANTRY_S3_ENDPOINT !== undefined && { endpoint: values.GANTRY_S3_ENDPOINT }),
    // Without keys of its own the SDK finds the machine's role.
    ...(accessKeyId !== undefined &&
      secretAccessKey !== undefined && { credentials: { accessKeyId, secretAccessKey } }),
  };
}
