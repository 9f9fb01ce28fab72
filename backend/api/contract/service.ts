import { z } from 'zod';
import type { RouteTable } from './route.ts';
import { timestampSchema } from './words.ts';

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

export const serviceRoutes = {
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
} as const satisfies RouteTable;
