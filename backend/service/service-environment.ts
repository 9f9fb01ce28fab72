import { z } from 'zod';
import { parseSecrets, parseTrustSecrets } from './service-keys.ts';
import type { ServiceOptions } from './serve.ts';
import { startErrors } from './errors.ts';

const address = z.url().transform((url) => url.replace(/\/+$/, ''));
const flag = z.enum(['0', '1', 'true', 'false']).transform((value) => value === '1' || value === 'true');

/** Every variable the service reads; docs/configuration.md says what each is for. Secrets come from nowhere else. */
const environmentSchema = z.object({
  DATABASE_URL: z
    .string()
    .regex(/^postgres(?:ql)?:\/\//, 'must begin with postgres://')
    .optional(),
  GANTRY_PUBLIC_URL: address.optional(),
  GANTRY_CDN_URL: address.optional(),
  GANTRY_CDN_MIRROR_URLS: z
    .string()
    .transform((list) => list.split(',').map((each) => each.trim()))
    .pipe(z.array(address).max(8))
    .optional(),
  GANTRY_TRUST_PROXY: flag.optional(),
  GANTRY_RUN_JOBS: flag.optional(),
  GANTRY_PATCH_PART_SEGMENTS: z.coerce.number().int().min(1).max(1_000_000).optional(),
  GANTRY_S3_BUCKET: z.string().min(3).optional(),
  GANTRY_S3_REGION: z.string().min(1).default('us-east-1'),
  GANTRY_S3_ENDPOINT: address.optional(),
  /** JSON of `secrets.json`, for machines without a data folder that lasts. */
  GANTRY_SECRETS: z.string().optional(),
  /** JSON of `trust.json`, likewise. */
  GANTRY_TRUST: z.string().optional(),
  GANTRY_OWNER_EMAIL: z.email().optional(),
  GANTRY_OWNER_PASSWORD: z.string().min(8).optional(),
  GANTRY_ORGANISATION: z.string().optional(),
  /** How often a playing launcher reports; demonstrations and tests do not wait for the usual quarter minute. */
  GANTRY_HEARTBEAT_SECONDS: z.coerce.number().positive().max(300).optional(),
});
export type ServiceEnvironment = Omit<Partial<ServiceOptions>, 'dataDir'>;

/**
 * The service's configuration from the environment. AWS credentials are left to the SDK's own chain.
 * @throws {AppError} `SERVICE_CONFIG_INVALID`, naming variables but never quoting their values; `SERVICE_KEYS_INVALID`
 */
export function readEnvironment(
  environment: Readonly<Record<string, string | undefined>>,
): ServiceEnvironment {
  // A variable that is set but empty is not set: so it is in compose files and CI.
  const given = Object.fromEntries(Object.entries(environment).filter(([, value]) => value !== ''));
  const parsed = environmentSchema.safeParse(given);
  if (!parsed.success) {
    const reason = parsed.error.issues.map((issue) => `${issue.path.join('.')} ${explain(issue)}`).join('; ');
    throw startErrors.error('SERVICE_CONFIG_INVALID', { reason });
  }
  return toOptions(parsed.data);
}

/** Zod's messages may quote what was given. */
function explain(issue: z.core.$ZodIssue): string {
  return issue.code === 'invalid_format' ? 'has another form than it should' : `is not valid (${issue.code})`;
}

function toOptions(env: z.infer<typeof environmentSchema>): ServiceEnvironment {
  const owner = {
    ...(env.GANTRY_OWNER_EMAIL !== undefined && { email: env.GANTRY_OWNER_EMAIL }),
    ...(env.GANTRY_OWNER_PASSWORD !== undefined && { password: env.GANTRY_OWNER_PASSWORD }),
    ...(env.GANTRY_ORGANISATION !== undefined && { organisationId: env.GANTRY_ORGANISATION }),
  };
  return {
    ...(env.DATABASE_URL !== undefined && { databaseUrl: env.DATABASE_URL }),
    ...(env.GANTRY_PUBLIC_URL !== undefined && { publicUrl: env.GANTRY_PUBLIC_URL }),
    ...(env.GANTRY_CDN_URL !== undefined && { cdnBaseUrl: env.GANTRY_CDN_URL }),
    ...(env.GANTRY_CDN_MIRROR_URLS !== undefined && { cdnMirrorUrls: env.GANTRY_CDN_MIRROR_URLS }),
    ...(env.GANTRY_TRUST_PROXY !== undefined && { trustProxy: env.GANTRY_TRUST_PROXY }),
    ...(env.GANTRY_RUN_JOBS !== undefined && { runJobs: env.GANTRY_RUN_JOBS }),
    ...(env.GANTRY_PATCH_PART_SEGMENTS !== undefined && {
      patchPartSegments: env.GANTRY_PATCH_PART_SEGMENTS,
    }),
    ...(env.GANTRY_HEARTBEAT_SECONDS !== undefined && { heartbeatSeconds: env.GANTRY_HEARTBEAT_SECONDS }),
    ...(env.GANTRY_S3_BUCKET !== undefined && {
      s3: {
        bucket: env.GANTRY_S3_BUCKET,
        region: env.GANTRY_S3_REGION,
        ...(env.GANTRY_S3_ENDPOINT !== undefined && { endpoint: env.GANTRY_S3_ENDPOINT }),
      },
    }),
    ...(env.GANTRY_SECRETS !== undefined && { secrets: parseSecrets(env.GANTRY_SECRETS, 'GANTRY_SECRETS') }),
    ...(env.GANTRY_TRUST !== undefined && { trust: parseTrustSecrets(env.GANTRY_TRUST, 'GANTRY_TRUST') }),
    ...(Object.keys(owner).length > 0 && { bootstrap: owner }),
  };
}
