import { fileURLToPath } from 'node:url';
import { _electron, type ElectronApplication } from '@playwright/test';
import { findElectron } from '../../build/demo/launcher.ts';
import { expect, test } from '../testing/bootstrap.ts';
import { travel } from '../testing/journey.ts';

const project = fileURLToPath(new URL('../../', import.meta.url));
const electron = findElectron();

test.skip(
  electron === undefined,
  'Electron is not here: its binary, a display or the built app (out/main) is missing. "npm run test:electron" builds the app; "npx install-electron" brings the binary.',
);

test('in Electron a new player creates an account, installs, plays, claims a reward, updates by patch and signs out', async ({
  visitor,
  stage,
  shelf,
}) => {
  if (electron === undefined) throw new Error('skipped above');
  let app: ElectronApplication | undefined;
  const running = (): ElectronApplication => {
    if (app === undefined) throw new Error('the launcher is not open');
    return app;
  };
  try {
    await travel(
      {
        open: async (player) => {
          app = await _electron.launch({
            executablePath: electron,
            args: [project, ...sandboxArguments()],
            env: { ...inherited(), ...player.options.environment, GANTRY_HOME: player.options.home },
          });
          return await app.firstWindow();
        },
        close: async () => await running().close(),
        nextWindow: async () => await running().waitForEvent('window'),
      },
      { visitor, stage, shelf },
    );
    await test.step('the page has no way to Node, and cannot leave the app', async () => {
      const page = await running().firstWindow();
      const powers = await page.evaluate(() =>
        ['require', 'process', 'module'].filter((name) => name in window),
      );
      expect(powers).toEqual([]);
      const before = page.url();
      await page.evaluate(() => window.location.assign('https://example.com/'));
      expect(page.url()).toBe(before);
    });
  } finally {
    await app?.close();
  }
});

/** Runners' kernels refuse Chromium's sandbox to a binary that npm unpacked, and root may not have it at all. */
function sandboxArguments(): string[] {
  const refused = process.platform === 'linux' && (process.getuid?.() === 0 || process.env['CI'] === 'true');
  return refused ? ['--no-sandbox'] : [];
}

function inherited(): Record<string, string> {
  const given = Object.entries(process.env).filter(
    (entry): entry is [string, string] => entry[1] !== undefined,
  );
  return Object.fromEntries(given);
}
