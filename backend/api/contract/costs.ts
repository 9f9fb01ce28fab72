import { z } from 'zod';
import { type RouteTable, gameParams } from './route.ts';
import {
  buildIdSchema,
  bytesSchema,
  deliveryReasonSchema,
  deliveryRouteSchema,
  timestampSchema,
} from './words.ts';

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

export const costRoutes = {
  costs: {
    method: 'GET',
    path: '/v1/games/:gameId/costs',
    auth: ['owner', 'analyst', 'finance', 'developer'],
    summary: 'What delivery cost, from the access logs.',
    params: gameParams,
    query: z.object({ from: timestampSchema.optional(), to: timestampSchema.optional() }),
    response: costReportSchema,
  },
} as const satisfies RouteTable;
