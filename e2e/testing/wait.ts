import { expect } from '@playwright/test';
import type { Stage } from '../../build/demo/stage.ts';
import { runCommand } from '../../build/demo/commands.ts';

/** A patch takes its time on a busy machine. */
const PATCH_TIMEOUT_MS = 240_000;

interface Patch {
  readonly newBuildId: number;
  readonly sizeBytes: number;
}

/** Wait until the service has made the patch to a build, as its publisher would see it in `gantry builds`. */
export async function waitForPatch(stage: Stage, gameId: string, newBuildId: number): Promise<Patch> {
  let found: Patch | undefined;
  await expect
    .poll(
      async () => {
        const { patches } = (await runCommand('gantry', ['builds', gameId], stage.publisher)) as {
          patches?: Patch[];
        };
        found = patches?.find((patch) => patch.newBuildId === newBuildId);
        return found !== undefined;
      },
      { message: `the patch to build ${newBuildId}`, timeout: PATCH_TIMEOUT_MS, intervals: [1000] },
    )
    .toBe(true);
  if (found === undefined) throw new Error('polled until found');
  return found;
}
