import { setTimeout as sleep } from 'node:timers/promises';

/** Runs one of the project's commands and gives its JSON. */
export type RunCommand = (...args: string[]) => Promise<Record<string, unknown>>;

/** Long enough for a patch of a large game on a busy machine. */
const PATCH_TIMEOUT_MS = 30 * 60_000;
const POLL_MS = 500;
/** A job for a large patch leaves it to jobs for its parts, which leave it to the one that joins them. */
const PATCH_QUEUES: ReadonlySet<string> = new Set(['make-patch', 'make-patch-part', 'join-patch']);

/** Wait until the service has made the patch to a build, or has found that one would not be smaller than the missing chunks. */
export async function waitForPatch(gantry: RunCommand, gameId: string, newBuildId: number): Promise<void> {
  await poll(PATCH_TIMEOUT_MS, 'the patch', async () => {
    const { patches } = (await gantry('builds', gameId)) as unknown as { patches: { newBuildId: number }[] };
    if (patches.some((patch) => patch.newBuildId === newBuildId)) return true;
    const { jobs } = (await gantry('status')) as unknown as {
      jobs: { queue: string; queued: number; active: number }[];
    };
    const making = jobs.filter(({ queue }) => PATCH_QUEUES.has(queue));
    return making.every(({ queued, active }) => queued + active === 0) ? true : undefined;
  });
}

/** Look again and again until there is something. */
export async function poll<Value>(
  timeoutMs: number,
  what: string,
  look: () => Promise<Value | undefined>,
): Promise<Value> {
  const deadline = Date.now() + timeoutMs;
  while (Date.now() < deadline) {
    const found = await look();
    if (found !== undefined) return found;
    await sleep(POLL_MS);
  }
  throw new Error(`gave up waiting for ${what}`);
}
