// As start, and the launcher's page is built again whenever its sources change; reload the page to see it.
import { spawn } from 'node:child_process';
import { fileURLToPath } from 'node:url';

const run = (args: readonly string[]) => spawn(process.execPath, args, { stdio: 'inherit' });

const builder = run(['node_modules/vite/bin/vite.js', 'build', '--watch', '-c', 'renderer/vite.config.ts']);
const launcher = run([fileURLToPath(new URL('start.ts', import.meta.url)), ...process.argv.slice(2)]);

// The terminal sends Ctrl-C to all of us; this process stays until the launcher has stopped cleanly.
process.on('SIGINT', () => undefined);
launcher.once('exit', (code) => {
  builder.kill();
  process.exitCode = code ?? 1;
});
