import { spawn } from 'node:child_process';
import { BenchProblem } from '../bench-problem.ts';

/**
 * Run a program of the system to its end.
 * @returns what it printed.
 * @throws {BenchProblem} with `next` when it is missing or fails.
 */
export async function runTool(
  program: string,
  args: readonly string[],
  { next, cwd }: { readonly next: string; readonly cwd?: string },
): Promise<string> {
  const child = spawn(program, args, {
    stdio: ['ignore', 'pipe', 'pipe'],
    ...(cwd === undefined ? {} : { cwd }),
  });
  const ended = new Promise<number | null>((resolve, reject) => {
    child.once('error', (cause) => reject(new BenchProblem(`"${program}" is not there.`, next, { cause })));
    child.once('close', resolve);
  });
  const [stdout, stderr, code] = await Promise.all([text(child.stdout), text(child.stderr), ended]);
  if (code !== 0) {
    const reason = stderr.trim().split('\n').slice(-2).join(' / ');
    throw new BenchProblem(`"${program} ${args[0] ?? ''}" ended with exit code ${code}: ${reason}`, next);
  }
  return stdout;
}

async function text(stream: NodeJS.ReadableStream): Promise<string> {
  let all = '';
  for await (const piece of stream) all += String(piece);
  return all;
}
