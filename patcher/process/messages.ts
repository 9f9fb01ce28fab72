/**
 * Every message between the launcher and the patcher process, as schemas; both sides check what they get.
 * Grants travel to the patcher when it asks for them; the tokens that buy them never do.
 */
import { z } from 'zod';
import type { ErrorData } from '../errors.ts';

const bytes = z.number().nonnegative();
const sha256 = z.string().regex(/^[0-9a-f]{64}$/);
const jobId = z.int().nonnegative();

const objectReferenceSchema = z.object({
  sha256,
  sizeBytes: z.int().nonnegative(),
  path: z.string().max(1000),
});
const buildReferenceSchema = z.object({
  buildId: z.int().nonnegative(),
  version: z.string().max(200),
  manifest: objectReferenceSchema,
});
const buildIdentitySchema = z.object({ buildId: z.int(), version: z.string(), manifestSha256: sha256 });
const root = z.string().min(1).max(4096);

// ---------------------------------------------------------------- jobs

const patches = z.array(objectReferenceSchema).max(16);
const routes = {
  patches,
  chains: z.array(z.array(objectReferenceSchema).min(1).max(16)).max(16),
  speeds: z
    .object({ networkBytesPerSecond: bytes, diskBytesPerSecond: bytes, patchBytesPerSecond: bytes })
    .optional(),
  prefer: z.enum(['balanced', 'bytes', 'time']).optional(),
};
const buildJob = {
  root,
  build: buildReferenceSchema,
  ...routes,
  keepReplaced: z.boolean().optional(),
  diskMode: z.enum(['auto', 'whole', 'low-space']).optional(),
};
export const jobSchema = z.discriminatedUnion('verb', [
  z.object({ verb: z.literal('install'), ...buildJob }),
  z.object({ verb: z.literal('update'), ...buildJob }),
  z.object({ verb: z.literal('adopt'), ...buildJob }),
  z.object({ verb: z.literal('plan'), ...buildJob }),
  z.object({ verb: z.literal('plan-adoption'), ...buildJob }),
  z.object({ verb: z.literal('preload'), ...buildJob }),
  z.object({
    verb: z.literal('roll-back'),
    root,
    build: buildReferenceSchema.optional(),
    ...routes,
    keepReplaced: z.boolean().optional(),
  }),
  z.object({ verb: z.literal('discard-previous'), root }),
  z.object({ verb: z.literal('verify'), root }),
  z.object({ verb: z.literal('repair'), root }),
  z.object({ verb: z.literal('move'), root, to: root }),
  z.object({ verb: z.literal('uninstall'), root, keepPreserved: z.boolean() }),
  z.object({ verb: z.literal('recover'), root }),
  z.object({ verb: z.literal('discard-staging'), root }),
]);
export type PatcherJob = z.infer<typeof jobSchema>;
export type PatcherVerb = PatcherJob['verb'];

// ---------------------------------------------------------------- results

export const progressSchema = z.object({
  phase: z.enum(['planning', 'downloading', 'patching', 'verifying', 'copying', 'committing']),
  downloadedBytes: bytes,
  downloadTotalBytes: bytes,
  writtenBytes: bytes,
  writeTotalBytes: bytes,
  networkBytesPerSecond: bytes,
  diskBytesPerSecond: bytes,
  patchBytesPerSecond: bytes,
  savedBytes: bytes,
});
const figuresSchema = z.object({
  downloadBytes: bytes,
  requests: bytes,
  fullDownloadBytes: bytes,
  writeBytes: bytes,
  patchedBytes: bytes,
  patchHops: bytes,
  seconds: bytes.nullable(),
  diskPeakBytes: bytes,
  lowSpacePeakBytes: bytes.nullable(),
  changedFiles: bytes,
  removedEntries: bytes,
});
const routeSchema = z.enum(['none', 'chunks', 'patch', 'mixed']);
/** A plan without its lists of operations. */
export const planSummarySchema = z.object({
  route: routeSchema,
  /** True when files are replaced as it goes: the game cannot be played until it is done. */
  lowSpace: z.boolean(),
  figures: figuresSchema,
  explanation: z.string(),
});
export type PlanSummary = z.infer<typeof planSummarySchema>;

const workDone = {
  route: routeSchema,
  figures: figuresSchema,
  downloadedBytes: bytes,
  requests: bytes,
  writtenBytes: bytes,
};
const outcomeSchema = z.discriminatedUnion('kind', [
  z.object({
    kind: z.literal('done'),
    ...workDone,
    rescued: z.array(z.object({ path: z.string(), to: z.string() })),
  }),
  z.object({ kind: z.literal('staged'), ...workDone }),
  z.object({ kind: z.literal('cancelled'), downloadedBytes: bytes }),
]);
const path = z.string();
const damageSchema = z.discriminatedUnion('kind', [
  z.object({ kind: z.literal('range'), path, offset: bytes, sizeBytes: bytes }),
  z.object({ kind: z.literal('too-long'), path, sizeBytes: bytes, actualBytes: bytes }),
  z.object({ kind: z.literal('missing'), path }),
  z.object({ kind: z.literal('mode'), path, mode: z.int(), actual: z.int() }),
  z.object({ kind: z.literal('link'), path, target: z.string(), actual: z.string() }),
]);
const reportSchema = z.object({
  files: bytes,
  bytes,
  damage: z.array(damageSchema),
  unknown: z.array(z.string()),
});
const installStateSchema = z.object({
  installed: buildIdentitySchema.nullable(),
  playable: z.boolean(),
  pending: z
    .object({
      job: z.enum(['build', 'uninstall', 'move']),
      build: buildIdentitySchema.nullable(),
      state: z.string(),
    })
    .nullable(),
  moving: z.object({ to: z.string(), state: z.string() }).nullable(),
  previous: z.object({ build: buildIdentitySchema, sizeBytes: bytes }).nullable(),
});
const moveOutcomeSchema = z.discriminatedUnion('kind', [
  z.object({
    kind: z.literal('done'),
    how: z.enum(['rename', 'copy']),
    root: z.string(),
    copiedBytes: bytes,
    damaged: z.array(z.string()),
    left: z.array(z.string()),
  }),
  z.object({ kind: z.literal('cancelled'), copiedBytes: bytes }),
]);

/** What each verb gives. */
export const resultSchemas = {
  install: outcomeSchema,
  update: outcomeSchema,
  adopt: outcomeSchema,
  plan: planSummarySchema,
  'plan-adoption': planSummarySchema,
  preload: outcomeSchema,
  'roll-back': outcomeSchema,
  'discard-previous': z.null(),
  verify: reportSchema,
  repair: z.object({ outcome: outcomeSchema, report: reportSchema }),
  move: moveOutcomeSchema,
  uninstall: z.null(),
  recover: installStateSchema,
  'discard-staging': z.null(),
} as const satisfies Record<PatcherVerb, z.ZodType>;
export type PatcherResult<Verb extends PatcherVerb> = z.infer<(typeof resultSchemas)[Verb]>;

// ---------------------------------------------------------------- messages

const errorDataSchema = z.object({
  code: z.string(),
  family: z.string() as z.ZodType<ErrorData['family']>,
  message: z.string(),
  next: z.string(),
  details: z.record(z.string(), z.union([z.string(), z.number(), z.boolean(), z.null(), z.undefined()])),
});
const hostSchema = z.object({ baseUrl: z.string().max(2000), query: z.string().max(8000) });
const grantSchema = hostSchema.extend({ mirrors: z.array(hostSchema).max(8).optional() });
const requestId = z.int().nonnegative();

/** From the launcher to the patcher. */
export const toPatcherSchema = z.discriminatedUnion('kind', [
  z.object({ kind: z.literal('start'), jobId, job: jobSchema }),
  z.object({ kind: z.literal('cancel'), jobId }),
  z.object({ kind: z.literal('grant'), requestId, grant: grantSchema }),
  z.object({ kind: z.literal('grant-failed'), requestId, error: errorDataSchema }),
  /** For all jobs together; null for no limit. */
  z.object({ kind: z.literal('limit'), bytesPerSecond: z.number().positive().nullable() }),
]);
export type ToPatcher = z.infer<typeof toPatcherSchema>;

/** From the patcher to the launcher. */
export const fromPatcherSchema = z.discriminatedUnion('kind', [
  z.object({ kind: z.literal('ready') }),
  z.object({ kind: z.literal('progress'), jobId, progress: progressSchema }),
  z.object({ kind: z.literal('planned'), jobId, plan: planSummarySchema }),
  /** `reason` is null for the first grant of a job, else what the CDN answered to the last one. */
  z.object({ kind: z.literal('grant-wanted'), requestId, jobId, reason: z.string().max(200).nullable() }),
  /** `result` is checked against the verb's schema. */
  z.object({ kind: z.literal('done'), jobId, result: z.unknown() }),
  z.object({ kind: z.literal('failed'), jobId, error: errorDataSchema }),
]);
export type FromPatcher = z.infer<typeof fromPatcherSchema>;
