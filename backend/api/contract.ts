/**
 * The HTTP API: every route with its schemas, from which the server's validation, OpenAPI and the client's types come.
 * This file imports no implementation. Binary bodies are `application/octet-stream`; everything else is JSON.
 * Errors of every route are problem documents (RFC 9457), see {@link problemSchema}.
 */
import { z } from 'zod';

// ---------------------------------------------------------------- words

/** Names that stand in addresses and paths: never renamed, lower case so that no two differ by case alone. */
const slugSchema = z
  .string()
  .regex(
    /^[a-z0-9](?:[a-z0-9-]{0,62}[a-z0-9])$/,
    'lower-case letters, digits and inner hyphens, 2 to 64 characters',
  );
export const gameIdSchema = slugSchema;
export const depotSchema = z.enum(['windows', 'linux', 'macos', 'web']);
export const channelNameSchema = z.string().regex(/^[a-z0-9][a-z0-9-]{0,31}$/);
export const organisationIdSchema = slugSchema.describe('organisation');
export const buildIdSchema = z.int32().positive();
export const sha256Schema = z.string().regex(/^[0-9a-f]{64}$/);
export const timestampSchema = z.iso.datetime();
export const idempotencyKeySchema = z.string().min(8).max(128);
const bytesSchema = z.int().nonnegative();

export const roleSchema = z.enum(['owner', 'developer', 'analyst', 'finance']);
export const deliveryReasonSchema = z.enum(['install', 'update', 'repair', 'preload']);
export const deliveryRouteSchema = z.enum(['chunks', 'patch', 'manifest']);

export type Depot = z.infer<typeof depotSchema>;
export type Role = z.infer<typeof roleSchema>;
export type DeliveryReason = z.infer<typeof deliveryReasonSchema>;

/** A problem document. `code` is stable (docs/errors.md); `next` says what to do. */
export const problemSchema = z.object({
  type: z.string(),
  title: z.string(),
  status: z.int(),
  code: z.string(),
  next: z.string(),
  details: z.record(z.string(), z.union([z.string(), z.number(), z.boolean(), z.null()])).default({}),
  requestId: z.string().optional(),
});
export type Problem = z.infer<typeof problemSchema>;

// ---------------------------------------------------------------- accounts

export const credentialsSchema = z.object({
  email: z.email().max(254),
  password: z.string().min(8).max(256),
});
export const membershipSchema = z.object({
  organisationId: organisationIdSchema,
  name: z.string(),
  role: roleSchema,
});
export const accountSchema = z.object({
  accountId: z.uuid(),
  email: z.string(),
  displayName: z.string(),
  organisations: z.array(membershipSchema),
});
/** What signing in or refreshing gives. The access token lives 10 minutes at most, the refresh token is used once. */
export const sessionSchema = z.object({
  accessToken: z.string(),
  accessTokenExpiresAt: timestampSchema,
  refreshToken: z.string(),
  account: accountSchema,
});
export const accountSessionSchema = z.object({
  sessionId: z.uuid(),
  device: z.string(),
  createdAt: timestampSchema,
  lastUsedAt: timestampSchema,
  current: z.boolean(),
});
export type Account = z.infer<typeof accountSchema>;
export type Session = z.infer<typeof sessionSchema>;

// ---------------------------------------------------------------- games and builds

export const artKindSchema = z.enum([
  'cover',
  'hero',
  'icon',
  'screenshot-1',
  'screenshot-2',
  'screenshot-3',
]);
export type ArtKind = z.infer<typeof artKindSchema>;
export const gameAccessSchema = z.enum(['free', 'entitled']);

export const gameProfileSchema = z.object({
  title: z.string().min(1).max(120),
  studio: z.string().max(120).default(''),
  tagline: z.string().max(240).default(''),
  description: z.string().max(8000).default(''),
  tags: z.array(z.string().min(1).max(32)).max(12).default([]),
  accentColour: z
    .string()
    .regex(/^#[0-9a-fA-F]{6}$/)
    .default('#5CCFE6'),
  /** `free`: every signed-in player may install; `entitled`: members of the organisation and entitled players only. */
  access: gameAccessSchema.default('entitled'),
});
export type GameProfile = z.infer<typeof gameProfileSchema>;

export const gameSchema = gameProfileSchema.extend({
  gameId: gameIdSchema,
  organisationId: organisationIdSchema,
  /** Paths on the service, one for each picture that was uploaded. */
  art: z.partialRecord(artKindSchema, z.string()),
});
export type Game = z.infer<typeof gameSchema>;

/**
 * Where a content-named object of a depot is: its path below the grant's base URL.
 * `packs/<sha256>`, `manifests/<sha256>` and `patches/<sha256>`.
 */
export const objectReferenceSchema = z.object({
  sha256: sha256Schema,
  sizeBytes: bytesSchema,
  path: z.string(),
});

export const buildSchema = z.object({
  buildId: buildIdSchema,
  gameId: gameIdSchema,
  depot: depotSchema,
  version: z.string(),
  notes: z.string(),
  createdAt: timestampSchema,
  manifest: objectReferenceSchema,
  /** Sum of the files' sizes. */
  sizeBytes: bytesSchema,
  files: z.int().nonnegative(),
  /** What a first install downloads: the packed size of its chunks. */
  downloadBytes: bytesSchema,
  channels: z.array(channelNameSchema),
});
export type Build = z.infer<typeof buildSchema>;

export const patchSchema = objectReferenceSchema.extend({
  oldBuildId: buildIdSchema,
  newBuildId: buildIdSchema,
});
export type PatchReference = z.infer<typeof patchSchema>;

export const channelSchema = z.object({
  gameId: gameIdSchema,
  depot: depotSchema,
  channel: channelNameSchema,
  build: buildSchema,
  updatedAt: timestampSchema,
});
export type Channel = z.infer<typeof channelSchema>;

/** Everything a launcher needs to choose a route to a build. */
export const deliverySchema = z.object({
  build: buildSchema,
  /** Patches that lead from the asked-for old build towards this one; empty without one. */
  patches: z.array(patchSchema),
});

export const libraryGameSchema = gameSchema.extend({
  depots: z.array(z.object({ depot: depotSchema, channels: z.array(channelSchema) })),
});
export type LibraryGame = z.infer<typeof libraryGameSchema>;

// ---------------------------------------------------------------- trust

/** A signed record of The Update Framework, as the text that was signed. docs/trust.md has their forms. */
const trustDocumentSchema = z
  .string()
  .min(2)
  .max(512 * 1024);
/** An Ed25519 public key, 64 hex digits. */
export const publicKeySchema = z.string().regex(/^[0-9a-f]{64}$/);

export const trustSchema = z.object({
  /** Where launchers fetch records, with a slash at its end. */
  metadataUrl: z.url(),
  rootVersion: z.int().positive(),
  root: trustDocumentSchema,
});

/** What a publisher needs to sign a game's next record. */
export const gameTrustSchema = z.object({
  organisationId: organisationIdSchema,
  /** Public keys that publish the game; empty until the first is named. */
  keys: z.array(publicKeySchema),
  /** The game's newest record, null before its first. */
  document: trustDocumentSchema.nullable(),
  /** The organisation's record of who publishes what, null before its first. */
  targets: trustDocumentSchema.nullable(),
});
export type GameTrust = z.infer<typeof gameTrustSchema>;

export const keyChangeSchema = z.object({
  keys: z.array(publicKeySchema).min(1).max(8),
  /** The game's next record signed by one of these keys; needed where the last one was signed by none of them. */
  document: trustDocumentSchema.nullable().default(null),
  /** By a key that publishes the game now; not needed for a game without keys. */
  proof: z
    .object({ keyId: sha256Schema, sig: z.string().regex(/^[0-9a-f]{128}$/) })
    .nullable()
    .default(null),
});

// ---------------------------------------------------------------- push

export const pushStateSchema = z.enum(['open', 'verifying', 'committed', 'rejected', 'expired']);
export const pushSessionSchema = z.object({
  pushSessionId: z.uuid(),
  gameId: gameIdSchema,
  depot: depotSchema,
  state: pushStateSchema,
  expiresAt: timestampSchema,
  /** Set once committed. */
  build: buildSchema.optional(),
  /** True when the depot had this very build before: the push changed nothing but, if asked for, the channel. */
  existing: z.boolean(),
  /** Set once rejected: what the service found. */
  problem: problemSchema.optional(),
  /** Packs verified so far and in all, while `verifying`. */
  verified: z.object({ packs: z.int(), packsTotal: z.int() }).optional(),
});
export type PushSession = z.infer<typeof pushSessionSchema>;

export const uploadPartSchema = z.object({
  number: z.int().positive(),
  method: z.literal('PUT'),
  url: z.string(),
  headers: z.record(z.string(), z.string()),
  offset: bytesSchema,
  sizeBytes: bytesSchema,
});
/** How to bring one pack into storage: nothing to do, or presigned parts that are still missing. */
export const packUploadSchema = z.discriminatedUnion('state', [
  z.object({ state: z.literal('stored') }),
  z.object({
    state: z.literal('upload'),
    uploadId: z.string(),
    parts: z.array(uploadPartSchema),
    /** Parts an earlier try already uploaded. */
    uploaded: z.array(z.object({ number: z.int(), etag: z.string(), sizeBytes: bytesSchema })),
  }),
]);
export type PackUpload = z.infer<typeof packUploadSchema>;

/**
 * Answer to a chunk query, columns in the order of the asked hashes.
 * `pack[i]` is an index into `packs`, or -1 for a chunk the depot lacks.
 */
export const chunkLocationsSchema = z.object({
  packs: z.array(z.object({ sha256: sha256Schema, sizeBytes: bytesSchema })),
  pack: z.array(z.int()),
  offset: z.array(z.int()),
  packedBytes: z.array(z.int()),
});
export type ChunkLocations = z.infer<typeof chunkLocationsSchema>;

// ---------------------------------------------------------------- delivery

/** The signed, expiring right to read one depot from the CDN. Full URL = `baseUrl + path + '?' + query`; nothing may be added to it. */
export const grantSchema = z.object({
  grantId: z.uuid(),
  gameId: gameIdSchema,
  depot: depotSchema,
  baseUrl: z.url(),
  query: z.string(),
  /** Other hosts with the same objects, best first, each with its own signature; an older service names none. */
  mirrors: z.array(z.object({ baseUrl: z.url(), query: z.string() })).default([]),
  expiresAt: timestampSchema,
});

export const installOutcomeSchema = z.object({
  gameId: gameIdSchema,
  depot: depotSchema,
  buildId: buildIdSchema,
  oldBuildId: buildIdSchema.nullable(),
  reason: deliveryReasonSchema,
  outcome: z.enum(['done', 'failed', 'cancelled']),
  route: z.enum(['chunks', 'patch', 'mixed']),
  downloadedBytes: bytesSchema,
  durationMs: z.int().nonnegative(),
  errorCode: z.string().optional(),
});

// ---------------------------------------------------------------- costs

export const costRowSchema = z.object({
  gameId: z.string(),
  /** Null where the log line carries no known grant. */
  buildId: buildIdSchema.nullable(),
  region: z.string(),
  reason: deliveryReasonSchema.nullable(),
  route: deliveryRouteSchema.nullable(),
  bytes: bytesSchema,
  requests: z.int().nonnegative(),
  usd: z.number(),
});
export const costReportSchema = z.object({
  from: timestampSchema,
  to: timestampSchema,
  priceTable: z.string(),
  rows: z.array(costRowSchema),
  bytes: bytesSchema,
  requests: z.int().nonnegative(),
  usd: z.number(),
  /** Bytes full downloads would have needed beyond what patches and shared chunks needed. */
  savedBytes: bytesSchema,
});
export type CostReport = z.infer<typeof costReportSchema>;

// ---------------------------------------------------------------- play, quests, rewards

/** A file range whose bytes prove that the player has the build: answer = SHA-256(nonce bytes ‖ range bytes), hex. */
export const possessionChallengeSchema = z.object({
  path: z.string(),
  offset: bytesSchema,
  sizeBytes: z.int().positive(),
});
export const playSessionSchema = z.object({
  playSessionId: z.uuid(),
  gameId: gameIdSchema,
  buildId: buildIdSchema,
  /** 64 hex digits; each heartbeat must carry the last one and gets the next. */
  nonce: z.string(),
  challenge: possessionChallengeSchema.nullable(),
  heartbeatSeconds: z.number().positive(),
  /** For the game itself, so that its own server can confirm events. */
  gameToken: z.string(),
});
export type PlaySession = z.infer<typeof playSessionSchema>;

export const heartbeatSchema = z.object({
  nonce: z.string(),
  heartbeatSeconds: z.number().positive(),
  countedSeconds: z.number().nonnegative(),
});

export const questStateSchema = z.enum(['available', 'in-progress', 'completed', 'claimed']);
export const questDefinitionSchema = z.object({
  questId: gameIdSchema,
  gameId: gameIdSchema,
  title: z.string().min(1).max(120),
  description: z.string().max(600).default(''),
  kind: z.literal('play-time'),
  /** Seconds of attested play that complete it. */
  targetSeconds: z.int().positive(),
  rewardPoints: z.int().positive().max(1_000_000),
});
export type QuestDefinition = z.infer<typeof questDefinitionSchema>;
export const questSchema = questDefinitionSchema.extend({
  gameTitle: z.string(),
  progressSeconds: z.number().nonnegative(),
  state: questStateSchema,
  completedAt: timestampSchema.nullable(),
  claimedAt: timestampSchema.nullable(),
});
export type Quest = z.infer<typeof questSchema>;

export const receiptSchema = z.object({
  receiptId: z.uuid(),
  questId: gameIdSchema,
  points: z.int(),
  balancePoints: z.int(),
  claimedAt: timestampSchema,
});
export type Receipt = z.infer<typeof receiptSchema>;

export const rewardsSchema = z.object({
  balancePoints: z.int(),
  history: z.array(
    z.object({
      receiptId: z.uuid(),
      questId: z.string(),
      questTitle: z.string(),
      gameId: z.string(),
      points: z.int(),
      at: timestampSchema,
    }),
  ),
});
export type Rewards = z.infer<typeof rewardsSchema>;

// ---------------------------------------------------------------- operations

export const jobSummarySchema = z.object({
  queue: z.string(),
  queued: z.int(),
  active: z.int(),
  failed: z.int(),
});
export type JobSummary = z.infer<typeof jobSummarySchema>;
export const serviceStatusSchema = z.object({
  version: z.string(),
  startedAt: timestampSchema,
  database: z.enum(['ok', 'down']),
  storage: z.enum(['files', 's3']),
  jobs: z.array(jobSummarySchema),
});
export type ServiceStatus = z.infer<typeof serviceStatusSchema>;

// ---------------------------------------------------------------- routes

export type RouteAuth =
  /** Nobody signs in. */
  | 'public'
  /** Any signed-in account. */
  | 'account'
  /** A member of the game's organisation; the roles that may. */
  | readonly Role[];

export interface RouteContract {
  readonly method: 'GET' | 'POST' | 'PUT' | 'DELETE';
  readonly path: string;
  readonly auth: RouteAuth;
  readonly summary: string;
  readonly params?: z.ZodObject;
  readonly query?: z.ZodObject;
  /** A schema for JSON, or 'bytes'. */
  readonly body?: z.ZodType | 'bytes';
  /** The most a body may weigh; 256 KiB where it is not said. */
  readonly bodyMaxBytes?: number;
  /** A schema for JSON, 'bytes', or 'empty' (204). */
  readonly response: z.ZodType | 'bytes' | 'empty';
  /** Requires an `Idempotency-Key` header. */
  readonly idempotent?: true;
}

const MIB = 1024 * 1024;

const gameParams = z.object({ gameId: gameIdSchema });
const depotParams = gameParams.extend({ depot: depotSchema });
const pushParams = z.object({ pushSessionId: z.uuid() });
const packParams = pushParams.extend({ packSha256: sha256Schema });
const buildParams = z.object({ buildId: z.coerce.number().pipe(buildIdSchema) });

const everyRole = ['owner', 'developer', 'analyst', 'finance'] as const;
const writers = ['owner', 'developer'] as const;

export const routes = {
  health: {
    method: 'GET',
    path: '/health',
    auth: 'public',
    summary: 'The process runs.',
    response: z.object({ ok: z.literal(true) }),
  },
  ready: {
    method: 'GET',
    path: '/ready',
    auth: 'public',
    summary: 'Database and storage answer.',
    response: z.object({ ok: z.literal(true) }),
  },
  status: {
    method: 'GET',
    path: '/v1/status',
    auth: 'account',
    summary: 'Version, database, storage and jobs.',
    response: serviceStatusSchema,
  },

  register: {
    method: 'POST',
    path: '/v1/auth/register',
    auth: 'public',
    summary: 'Open an account.',
    body: credentialsSchema.extend({
      displayName: z.string().min(1).max(80),
      device: z.string().max(120).default('unknown device'),
    }),
    response: sessionSchema,
  },
  login: {
    method: 'POST',
    path: '/v1/auth/login',
    auth: 'public',
    summary: 'Sign in.',
    // Any password may be tried; only a new one has rules.
    body: credentialsSchema.extend({
      password: z.string().min(1).max(256),
      device: z.string().max(120).default('unknown device'),
    }),
    response: sessionSchema,
  },
  refresh: {
    method: 'POST',
    path: '/v1/auth/refresh',
    auth: 'public',
    summary: 'Exchange a refresh token for a new session; a token used twice revokes its family.',
    body: z.object({ refreshToken: z.string().min(20).max(512) }),
    response: sessionSchema,
  },
  logout: {
    method: 'POST',
    path: '/v1/auth/logout',
    auth: 'public',
    summary: 'End the session of a refresh token.',
    body: z.object({ refreshToken: z.string().min(20).max(512) }),
    response: 'empty',
  },
  account: {
    method: 'GET',
    path: '/v1/account',
    auth: 'account',
    summary: 'The signed-in account.',
    response: accountSchema,
  },
  accountSessions: {
    method: 'GET',
    path: '/v1/account/sessions',
    auth: 'account',
    summary: 'Where the account is signed in.',
    response: z.object({ sessions: z.array(accountSessionSchema) }),
  },
  revokeAccountSession: {
    method: 'DELETE',
    path: '/v1/account/sessions/:sessionId',
    auth: 'account',
    summary: 'End one of the account’s sessions.',
    params: z.object({ sessionId: z.uuid() }),
    response: 'empty',
  },

  createOrganisation: {
    method: 'POST',
    path: '/v1/organisations',
    auth: 'account',
    summary: 'Found an organisation; its founder is its owner.',
    body: z.object({ organisationId: organisationIdSchema, name: z.string().min(1).max(120) }),
    response: membershipSchema,
  },
  addMember: {
    method: 'POST',
    path: '/v1/organisations/:organisationId/members',
    auth: ['owner'],
    summary: 'Add an account to an organisation.',
    params: z.object({ organisationId: organisationIdSchema }),
    body: z.object({ email: z.email(), role: roleSchema }),
    response: 'empty',
  },

  createGame: {
    method: 'POST',
    path: '/v1/organisations/:organisationId/games',
    auth: writers,
    summary: 'Add a game.',
    params: z.object({ organisationId: organisationIdSchema }),
    body: gameProfileSchema.extend({ gameId: gameIdSchema }),
    response: gameSchema,
  },
  updateGame: {
    method: 'PUT',
    path: '/v1/games/:gameId',
    auth: writers,
    summary: 'Change a game’s profile.',
    params: gameParams,
    body: gameProfileSchema,
    response: gameSchema,
  },
  games: {
    method: 'GET',
    path: '/v1/games',
    auth: 'account',
    summary: 'The games of the account’s organisations.',
    response: z.object({ games: z.array(gameSchema) }),
  },
  game: {
    method: 'GET',
    path: '/v1/games/:gameId',
    auth: everyRole,
    summary: 'One game.',
    params: gameParams,
    response: gameSchema,
  },
  putArt: {
    method: 'PUT',
    path: '/v1/games/:gameId/art/:kind',
    auth: writers,
    summary: 'Upload a picture (SVG, PNG, WebP or JPEG, up to 4 MiB).',
    params: gameParams.extend({ kind: artKindSchema }),
    body: 'bytes',
    bodyMaxBytes: 4 * MIB,
    response: gameSchema,
  },
  art: {
    method: 'GET',
    path: '/v1/games/:gameId/art/:kind',
    auth: 'public',
    summary: 'A picture of a game.',
    params: gameParams.extend({ kind: artKindSchema }),
    response: 'bytes',
  },
  entitle: {
    method: 'POST',
    path: '/v1/games/:gameId/entitlements',
    auth: writers,
    summary: 'Let a player install a game.',
    params: gameParams,
    body: z.object({ email: z.email() }),
    response: 'empty',
  },

  beginPush: {
    method: 'POST',
    path: '/v1/games/:gameId/depots/:depot/push-sessions',
    auth: writers,
    summary: 'Begin a push; one writer per depot.',
    params: depotParams,
    body: z.object({
      version: z.string().max(80).default(''),
      notes: z.string().max(20_000).default(''),
    }),
    response: pushSessionSchema,
  },
  pushSession: {
    method: 'GET',
    path: '/v1/push-sessions/:pushSessionId',
    auth: writers,
    summary: 'How a push stands.',
    params: pushParams,
    response: pushSessionSchema,
  },
  abandonPush: {
    method: 'DELETE',
    path: '/v1/push-sessions/:pushSessionId',
    auth: writers,
    summary: 'Give a push up.',
    params: pushParams,
    response: 'empty',
  },
  locateChunks: {
    method: 'POST',
    path: '/v1/games/:gameId/depots/:depot/chunks/locate',
    auth: writers,
    summary: 'Which chunks the depot has, and where. Body: 32 bytes a hash, up to 524,288 hashes at once.',
    params: depotParams,
    body: 'bytes',
    bodyMaxBytes: 16 * MIB,
    response: chunkLocationsSchema,
  },
  uploadPack: {
    method: 'PUT',
    path: '/v1/push-sessions/:pushSessionId/packs/:packSha256',
    auth: writers,
    summary: 'Begin or resume the upload of a pack.',
    params: packParams,
    body: z.object({ sizeBytes: z.int().positive() }),
    response: packUploadSchema,
  },
  completePack: {
    method: 'POST',
    path: '/v1/push-sessions/:pushSessionId/packs/:packSha256/complete',
    auth: writers,
    summary: 'All parts are uploaded.',
    params: packParams,
    body: z.object({ uploadId: z.string() }),
    response: 'empty',
  },
  commitPush: {
    method: 'POST',
    path: '/v1/push-sessions/:pushSessionId/commit',
    auth: writers,
    summary:
      'Commit the manifest; the service hashes every new pack and chunk again before the build exists. Poll the session.',
    params: pushParams,
    body: 'bytes',
    bodyMaxBytes: 128 * MIB,
    response: pushSessionSchema,
  },

  builds: {
    method: 'GET',
    path: '/v1/games/:gameId/builds',
    auth: everyRole,
    summary: 'A game’s builds, newest first.',
    params: gameParams,
    query: z.object({
      depot: depotSchema.optional(),
      limit: z.coerce.number().int().min(1).max(200).default(50),
    }),
    response: z.object({ builds: z.array(buildSchema), patches: z.array(patchSchema) }),
  },
  channels: {
    method: 'GET',
    path: '/v1/games/:gameId/channels',
    auth: everyRole,
    summary: 'A game’s channels.',
    params: gameParams,
    response: z.object({ channels: z.array(channelSchema) }),
  },

  trust: {
    method: 'GET',
    path: '/v1/trust',
    auth: 'public',
    summary: 'Where signed records are, and the root they hang from. Launchers bring their own root.',
    response: trustSchema,
  },
  gameTrust: {
    method: 'GET',
    path: '/v1/games/:gameId/trust',
    auth: everyRole,
    summary: 'Who publishes a game, and its newest signed record.',
    params: gameParams,
    response: gameTrustSchema,
  },
  publishGame: {
    method: 'PUT',
    path: '/v1/games/:gameId/trust/record',
    auth: writers,
    summary:
      'Take a game’s next record, signed by its publisher: its channels point where the record says from then on.',
    params: gameParams,
    body: z.object({ document: trustDocumentSchema }),
    bodyMaxBytes: 2 * MIB,
    response: z.object({ channels: z.array(channelSchema) }),
  },
  changeGameKeys: {
    method: 'PUT',
    path: '/v1/games/:gameId/trust/keys',
    auth: writers,
    summary:
      'Name the keys that publish a game: the first ones freely, others with a signature of one of these.',
    params: gameParams,
    body: keyChangeSchema,
    bodyMaxBytes: 2 * MIB,
    response: 'empty',
  },
  takeDelegations: {
    method: 'PUT',
    path: '/v1/trust/organisations/:organisationId/delegations',
    auth: 'account',
    summary: 'Take who publishes what, as the operator signed it offline. Its signature is the permission.',
    params: z.object({ organisationId: organisationIdSchema }),
    body: z.object({
      targets: trustDocumentSchema,
      documents: z.record(gameIdSchema, trustDocumentSchema).default({}),
    }),
    bodyMaxBytes: 8 * MIB,
    response: 'empty',
  },
  replaceRoot: {
    method: 'PUT',
    path: '/v1/trust/root',
    auth: 'account',
    summary: 'Take the root that follows the present one. Its signatures are the permission.',
    body: z.object({ document: trustDocumentSchema }),
    response: 'empty',
  },

  library: {
    method: 'GET',
    path: '/v1/library',
    auth: 'account',
    summary: 'The games the player may install, with their channels.',
    response: z.object({ games: z.array(libraryGameSchema) }),
  },
  delivery: {
    method: 'GET',
    path: '/v1/builds/:buildId/delivery',
    auth: 'account',
    summary: 'A build’s manifest and the patches that lead to it.',
    params: buildParams,
    query: z.object({ oldBuildId: z.coerce.number().pipe(buildIdSchema).optional() }),
    response: deliverySchema,
  },
  grant: {
    method: 'POST',
    path: '/v1/grants',
    auth: 'account',
    summary: 'The right to read one depot for a while.',
    body: z.object({
      buildId: buildIdSchema,
      oldBuildId: buildIdSchema.nullable().default(null),
      reason: deliveryReasonSchema,
    }),
    response: grantSchema,
  },
  reportOutcome: {
    method: 'POST',
    path: '/v1/install-outcomes',
    auth: 'account',
    summary: 'How an install or update ended.',
    body: installOutcomeSchema,
    response: 'empty',
    idempotent: true,
  },

  costs: {
    method: 'GET',
    path: '/v1/games/:gameId/costs',
    auth: ['owner', 'analyst', 'finance', 'developer'],
    summary: 'What delivery cost, from the access logs.',
    params: gameParams,
    query: z.object({ from: timestampSchema.optional(), to: timestampSchema.optional() }),
    response: costReportSchema,
  },

  createQuest: {
    method: 'POST',
    path: '/v1/games/:gameId/quests',
    auth: writers,
    summary: 'Offer a quest.',
    params: gameParams,
    body: questDefinitionSchema.omit({ gameId: true }),
    response: questDefinitionSchema,
  },
  quests: {
    method: 'GET',
    path: '/v1/quests',
    auth: 'account',
    summary: 'The player’s quests with their progress.',
    response: z.object({ quests: z.array(questSchema) }),
  },
  claimQuest: {
    method: 'POST',
    path: '/v1/quests/:questId/claim',
    auth: 'account',
    summary: 'Claim the reward of a completed quest, once.',
    params: z.object({ questId: gameIdSchema }),
    response: receiptSchema,
    idempotent: true,
  },
  rewards: {
    method: 'GET',
    path: '/v1/rewards',
    auth: 'account',
    summary: 'Balance and history.',
    response: rewardsSchema,
  },

  gameTokenKeys: {
    method: 'GET',
    path: '/v1/game-token-keys',
    auth: 'public',
    summary: 'Public keys with which a game’s own server checks the token its game shows.',
    response: z.object({ keys: z.array(z.record(z.string(), z.unknown())) }),
  },
  beginPlay: {
    method: 'POST',
    path: '/v1/play-sessions',
    auth: 'account',
    summary: 'A game starts; one session per player at a time, a new one ends the old.',
    body: z.object({ buildId: buildIdSchema }),
    response: playSessionSchema,
  },
  heartbeat: {
    method: 'POST',
    path: '/v1/play-sessions/:playSessionId/heartbeats',
    auth: 'account',
    summary: 'The game still runs. The first one answers the challenge.',
    params: z.object({ playSessionId: z.uuid() }),
    body: z.object({ nonce: z.string(), proof: sha256Schema.optional() }),
    response: heartbeatSchema,
  },
  endPlay: {
    method: 'POST',
    path: '/v1/play-sessions/:playSessionId/end',
    auth: 'account',
    summary: 'The game ended.',
    params: z.object({ playSessionId: z.uuid() }),
    body: z.object({
      nonce: z.string(),
      proof: sha256Schema.optional(),
      exitCode: z.int().nullable().default(null),
    }),
    response: z.object({ countedSeconds: z.number().nonnegative() }),
  },
} as const satisfies Record<string, RouteContract>;

export type Routes = typeof routes;
export type RouteName = keyof Routes;
