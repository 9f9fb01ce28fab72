import { z } from 'zod';

/** An error as the renderer gets it: what happened and what to do, never a stack. `action` is the one button a card shows. */
export const failureSchema = z.object({
  code: z.string(),
  message: z.string(),
  next: z.string(),
  details: z.record(z.string(), z.union([z.string(), z.number(), z.boolean(), z.null()])).default({}),
  action: z
    .enum([
      'retry',
      'repair',
      'sign-in',
      'free-space',
      'change-location',
      'open-portal',
      'fix-clock',
      /** What is shown is not as it is any more: ask the service again. */
      'look-again',
      'update-launcher',
      /** Nobody here can mend it: a bundle for support. */
      'report',
      /** It passes by itself and is tried again by itself; the button tries now. */
      'wait',
      'none',
    ])
    .default('none'),
  /** Why, in a plain sentence. */
  cause: z.string().default(''),
  /** What was found on this computer when it happened: who holds a file, how much space is missing and where. */
  findings: z.array(z.string()).default([]),
  /** What the player tells support; the log and a diagnostics bundle name it beside the facts. '' where nothing failed. */
  supportCode: z.string().default(''),
});
export type Failure = z.infer<typeof failureSchema>;
