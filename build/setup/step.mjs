import { spawn } from 'node:child_process';

/** How often a silent step says that it is still at work. */
const REMINDER_MS = 10_000;

/**
 * Run one command of the set-up, saying what it does and how long it took; its output is shown only when it fails.
 * @returns {Promise<{ok: boolean, output: string}>}
 */
export async function runStep({ title, command, args, cwd, environment, shell = false }) {
  const started = Date.now();
  const seconds = () => Math.round((Date.now() - started) / 1000);
  say(`${title} …`);
  const reminder = setInterval(() => say(`  still ${title.toLowerCase()} (${seconds()} s)`), REMINDER_MS);
  try {
    const result = await collect(
      spawn(command, args, { cwd, env: environment, shell, stdio: ['ignore', 'pipe', 'pipe'] }),
    );
    if (result.ok) say(`  done in ${seconds()} s`);
    return result;
  } finally {
    clearInterval(reminder);
  }
}

/** Progress goes to stderr, so that a task's own output stays clean. */
export function say(text) {
  process.stderr.write(`${text}\n`);
}

function collect(child) {
  let output = '';
  const keep = (piece) => {
    output = (output + piece).slice(-20_000);
  };
  child.stdout.setEncoding('utf8').on('data', keep);
  child.stderr.setEncoding('utf8').on('data', keep);
  return new Promise((resolve) => {
    child.once('error', (error) => resolve({ ok: false, output: `${output}${error.message}` }));
    child.once('close', (code) => resolve({ ok: code === 0, output }));
  });
}
