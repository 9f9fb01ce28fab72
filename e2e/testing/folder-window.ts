import { existsSync } from 'node:fs';
import { chmod, mkdir, readFile, writeFile } from 'node:fs/promises';
import { delimiter, join } from 'node:path';
import type { Player } from './player.ts';

/** The system's window to choose a folder in, answered by the test: what the launcher asks of it is written down. */
export interface FolderWindow {
  /** The player on a machine that has such a window. */
  readonly player: Player;
  /** What the next windows are answered; '' closes them without a choice. */
  readonly answer: (folder: string) => Promise<void>;
  /** What the last window was asked, one argument a line; '' before the first. */
  readonly asked: () => Promise<string>;
}

/** Put a program in the place of the desktop's own, as a machine with a display would have it. */
export async function giveFolderWindow(player: Player): Promise<FolderWindow> {
  const folder = join(player.options.home, '..', 'desktop');
  const [answerFile, askedFile] = [join(folder, 'answer'), join(folder, 'asked')];
  await mkdir(folder, { recursive: true });
  const script = `#!/bin/sh\nprintf '%s\\n' "$@" > '${askedFile}'\n[ -s '${answerFile}' ] || exit 1\ncat '${answerFile}'\n`;
  await writeFile(join(folder, 'zenity'), script);
  await chmod(join(folder, 'zenity'), 0o755);
  const environment = {
    ...player.options.environment,
    PATH: `${folder}${delimiter}${process.env['PATH'] ?? ''}`,
    DISPLAY: ':99',
  };
  return {
    player: { ...player, options: { ...player.options, environment } },
    answer: (chosen) => writeFile(answerFile, chosen === '' ? '' : `${chosen}\n`),
    asked: async () => (existsSync(askedFile) ? await readFile(askedFile, 'utf8') : ''),
  };
}
