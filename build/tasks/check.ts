// Everything that can be said of the sources without running them.
import { spawnSync } from 'node:child_process';
import { parseArgs } from 'node:util';

const { values } = parseArgs({ options: { fix: { type: 'boolean', default: false } } });

interface Check {
  readonly name: string;
  readonly command: readonly string[];
}

const checks: readonly Check[] = [
  { name: 'types', command: ['node_modules/typescript/bin/tsc', '--noEmit', '-p', 'tsconfig.json'] },
  ...['patcher', 'backend', 'main', 'preload', 'renderer', 'build', 'e2e'].map((folder) => ({
    name: `types of ${folder}`,
    command: ['node_modules/typescript/bin/tsc', '--noEmit', '-p', `${folder}/tsconfig.json`],
  })),
  {
    name: 'lint and import rules',
    command: [
      'node_modules/oxlint/bin/oxlint',
      '--type-aware',
      '--deny-warnings',
      ...(values.fix ? ['--fix'] : []),
    ],
  },
  {
    name: 'format',
    command: ['node_modules/@biomejs/biome/bin/biome', 'format', ...(values.fix ? ['--write'] : []), '.'],
  },
  { name: 'dead code', command: ['node_modules/knip/bin/knip.js'] },
  { name: 'docs/errors.md is current', command: ['build/tasks/write-errors.ts', '--check'] },
];

let failed = 0;
for (const { name, command } of checks) {
  const { status, stdout, stderr } = spawnSync(process.execPath, command, { encoding: 'utf8' });
  console.log(`${status === 0 ? 'ok    ' : 'FAILED'}  ${name}`);
  if (status !== 0) {
    failed += 1;
    console.log(`${stdout}${stderr}`);
  }
}
process.exitCode = failed === 0 ? 0 : 1;
