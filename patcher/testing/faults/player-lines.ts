import { type ChildProcess, execFileSync, spawn } from 'node:child_process';
import { readlinkSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';

/** A line is wide by default; a narrow one drops what its queue does not hold, as routers do. */
export interface LineShape {
  readonly kilobitsPerS: number;
  readonly queueBytes: number;
}

/** Netmask of a line, and more than a packet: what a line sends at once. */
const PREFIX_BITS = 24;
const BURST_BYTES = 6000;

/**
 * Two lines between this network namespace, where the hosts are, and one of its own, where the player is. Needs root, `ip`,
 * `tc` and a namespace of ours (`unshare -n`), which takes the lines with it.
 */
export class PlayerLines {
  /** This end of each line, by which the player reaches a host. */
  readonly hosts = ['10.77.1.1', '10.77.2.1'] as const;
  /** An address on the first line at which there is nobody: what is sent there is never answered. */
  readonly nowhere = '10.77.1.9';
  readonly #holder: ChildProcess;

  private constructor(holder: ChildProcess) {
    this.#holder = holder;
  }

  static async open(): Promise<PlayerLines> {
    run('ip', 'link', 'set', 'lo', 'up');
    const holder = spawn('unshare', ['-n', 'sleep', 'infinity'], { stdio: 'ignore' });
    const lines = new PlayerLines(holder);
    while (namespaceOf(holder.pid) === namespaceOf(process.pid)) await sleep(10);
    lines.hosts.forEach((host, line) => lines.#lay(line, host));
    lines.#inside('ip', 'link', 'set', 'lo', 'up');
    lines.#inside('ip', 'neigh', 'add', lines.nowhere, 'lladdr', '02:00:00:00:00:09', 'dev', 'player0');
    return lines;
  }

  /** What a program is started with to be on the player's side. */
  get prefix(): readonly string[] {
    return ['nsenter', '-t', String(this.#holder.pid), '-n'];
  }

  /** Of what comes from a host. */
  shape(line: number, { kilobitsPerS, queueBytes }: LineShape): void {
    const limits = ['rate', `${kilobitsPerS}kbit`, 'burst', String(BURST_BYTES), 'limit', String(queueBytes)];
    run('tc', 'qdisc', 'replace', 'dev', `host${line}`, 'root', 'tbf', ...limits);
  }

  /** Loses packets by chance, and each is late; needs a kernel with netem. */
  shake(line: number, { lostPercent, delayMs }: { readonly lostPercent: number; readonly delayMs: number }) {
    const chance = ['delay', `${delayMs}ms`, 'loss', `${lostPercent}%`];
    run('tc', 'qdisc', 'replace', 'dev', `host${line}`, 'root', 'netem', ...chance);
  }

  /** Nothing comes from a host any more, and nobody says so. */
  silence(line: number): void {
    run('tc', 'qdisc', 'replace', 'dev', `host${line}`, 'root', 'bfifo', 'limit', '1');
  }

  clear(line: number): void {
    const { length } = run('tc', 'qdisc', 'show', 'dev', `host${line}`, 'root').match(/noqueue/) ?? [];
    if (length === undefined) run('tc', 'qdisc', 'del', 'dev', `host${line}`, 'root');
  }

  /** Packets lost on a line since it was shaped, and those that came through. */
  count(line: number): { readonly lost: number; readonly sent: number } {
    const said = run('tc', '-s', 'qdisc', 'show', 'dev', `host${line}`, 'root');
    const [, sent, lost] = /Sent \d+ bytes (\d+) pkt \(dropped (\d+)/.exec(said) ?? [];
    return { lost: Number(lost ?? 0), sent: Number(sent ?? 0) };
  }

  close(): void {
    this.#holder.kill();
  }

  #lay(line: number, host: string): void {
    const [ours, theirs] = [`host${line}`, `player${line}`];
    const peer = ['type', 'veth', 'peer', 'name', theirs, 'netns', String(this.#holder.pid)];
    run('ip', 'link', 'add', ours, ...peer);
    run('ip', 'addr', 'add', `${host}/${PREFIX_BITS}`, 'dev', ours);
    run('ip', 'link', 'set', ours, 'up');
    this.#inside('ip', 'addr', 'add', `${host.replace(/1$/, '2')}/${PREFIX_BITS}`, 'dev', theirs);
    this.#inside('ip', 'link', 'set', theirs, 'up');
  }

  #inside(...command: string[]): void {
    const [program = '', ...parameters] = [...this.prefix, ...command];
    run(program, ...parameters);
  }
}

function namespaceOf(pid: number | undefined): string {
  return readlinkSync(`/proc/${pid}/ns/net`);
}

function run(command: string, ...parameters: string[]): string {
  return execFileSync(command, parameters, { encoding: 'utf8', stdio: ['ignore', 'pipe', 'pipe'] });
}
