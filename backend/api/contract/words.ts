import { z } from 'zod';

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
export const bytesSchema = z.int().nonnegative();

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
