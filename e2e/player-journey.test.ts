import type { RunningProgram } from '../build/demo/commands.ts';
import { test } from './testing/bootstrap.ts';
import { travel } from './testing/journey.ts';

test('a new player creates an account, installs, plays, claims a reward, updates by patch and signs out', async ({
  visitor,
  stage,
  shelf,
  openLauncher,
  page,
}) => {
  let running: RunningProgram | undefined;
  await travel(
    {
      open: async (player) => {
        running = await openLauncher(player);
        return page;
      },
      close: async () => await running?.stop(),
      nextWindow: async () => await page.context().waitForEvent('page'),
    },
    { visitor, stage, shelf },
  );
});
