import { z } from 'zod';
import { failureSchema } from './failure.ts';
import { timestamp } from './values.ts';

/** The launcher's own update. */
export const launcherStateSchema = z.object({
  version: z.string(),
  host: z.enum(['electron', 'browser', 'headless']),
  /** The system can show a window to choose a folder in. */
  choosesFolders: z.boolean(),
  update: z.discriminatedUnion('status', [
    /** This host does not update itself. */
    z.object({ status: z.literal('unsupported') }),
    z.object({ status: z.literal('idle'), checkedAt: timestamp.nullable() }),
    z.object({ status: z.literal('checking') }),
    z.object({ status: z.literal('downloading'), version: z.string(), fraction: z.number().min(0).max(1) }),
    z.object({ status: z.literal('ready'), version: z.string(), notes: z.string() }),
    z.object({ status: z.literal('failed'), failure: failureSchema }),
  ]),
});
export type LauncherState = z.infer<typeof launcherStateSchema>;
