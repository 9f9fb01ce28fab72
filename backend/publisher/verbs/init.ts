import { writeFile } from 'node:fs/promises';
import { resolve } from 'node:path';
import type { Command } from 'commander';
import type { CommonOptions } from '../command/context.ts';
import { PROJECT_FILE_NAME } from '../upload/project-file.ts';
import { publisherErrors } from '../publisher-errors.ts';
import { addVerb } from '../command/verb.ts';

const template = {
  launch: {
    windows: [{ name: 'Play', kind: 'executable', path: 'game.exe' }],
    linux: [{ name: 'Play', kind: 'executable', path: 'game' }],
    macos: [{ name: 'Play', kind: 'executable', path: 'Game.app/Contents/MacOS/Game' }],
    web: [{ name: 'Play', kind: 'web', path: 'index.html' }],
  },
  preserve: ['saves/**', 'settings.ini'],
  ignore: ['.DS_Store', 'Thumbs.db', '*.pdb', '*.dSYM/'],
};

export function registerInit(program: Command): void {
  addVerb<CommonOptions>(program, {
    name: 'init',
    summary: `write a ${PROJECT_FILE_NAME} for your game`,
    help: 'It says how each depot starts, which files belong to the player, and which are no part of a build.',
    options: [['--yes', 'replace the file if there is one']],
    examples: ['gantry init'],
    online: false,
    reliesOn: [],
    run: async ({ output }, options) => {
      const file = resolve(PROJECT_FILE_NAME);
      await writeFile(file, `${JSON.stringify(template, null, 2)}\n`, {
        flag: options.yes ? 'w' : 'wx',
      }).catch((error) => {
        if (error.code === 'EEXIST') throw publisherErrors.error('CLI_FILE_EXISTS', { file }, error);
        throw error;
      });
      output.result(
        { file },
        `Wrote ${file}.\nEdit its launch paths, then: gantry push ./build my-game/linux:beta`,
      );
    },
  });
}
