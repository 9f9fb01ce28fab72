/** How much is done: `quick` in minutes, `full` for a quiet machine. */
export type Size = 'quick' | 'full';

export interface Amount {
  readonly size: Size;
  /** Instead of what the size gives: lives of the simulation, and every so manieth call for kills, power cuts and failing calls. */
  readonly seeds?: number | undefined;
  readonly every?: number | undefined;
  /** Processes at once. */
  readonly atOnce: number;
}

/** A class of faults: the programs that bring it about, each of which prints one line of JSON. */
export interface FaultClass {
  readonly id: string;
  readonly needs?: Need;
  readonly commands: (amount: Amount) => readonly FaultCommand[];
}

/** What the machine must permit; a command that succeeds where it does. */
export interface Need {
  readonly what: string;
  readonly command: readonly string[];
}

export interface FaultCommand {
  /** Of this one, beside what its class needs. */
  readonly needs?: Need;
  /** Names the row of the table. */
  readonly fault: string;
  readonly how: string;
  /** Program and parameters; a program of ours is given by its path in the project. */
  readonly prefix?: readonly string[];
  /** What Node is told. */
  readonly node?: readonly string[];
  readonly program: string;
  /** Of each process: the work is divided among them, and what they say is added up. */
  readonly shards: readonly (readonly string[])[];
}

/** Lives of the simulation on a quiet machine. */
const SEEDS_FULL = 10_000;
const FIRST_SEED = 300_000;
/** Each keeps the modules its simulated threads loaded. */
const SEEDS_A_PROCESS = 250;

/**
 * What the patcher's process is started with (`patcher/process/patcher-flags.ts`): otherwise most of the memory measured
 * would be inputs of before that nobody has collected yet.
 */
const HEAP_OF_PATCHER = ['--max-semi-space-size=4', '--heap-growing-percent=10'];

const FAULTS = 'patcher/testing/faults';
const STRACE = { what: 'strace', command: ['strace', '-o', '/dev/null', 'true'] };
const LOOP = {
  what: 'loop devices, ext4 and strace as root',
  command: [
    'sh',
    '-c',
    'losetup -f && strace -o /dev/null true && command -v mkfs.ext4 && test "$(id -u)" = 0',
  ],
};
const TMPFS = {
  what: 'tmpfs as root',
  command: ['unshare', '-m', 'mount', '-t', 'tmpfs', 'tmpfs', '/mnt'],
};
const NAMESPACES = {
  what: 'network namespaces and tbf as root',
  command: [
    'unshare',
    '-n',
    '-m',
    'tc',
    'qdisc',
    'add',
    'dev',
    'lo',
    'root',
    'tbf',
    'rate',
    '1mbit',
    'burst',
    '9kb',
    'limit',
    '9kb',
  ],
};
const NETEM = {
  what: 'packets lost by chance and late ones (netem)',
  command: ['unshare', '-n', 'tc', 'qdisc', 'add', 'dev', 'lo', 'root', 'netem', 'loss', '1%'],
};
const CGROUP = {
  what: 'limits of memory by cgroups as root',
  command: [
    'sh',
    '-c',
    'cd /sys/fs/cgroup/memory 2>/dev/null || cd /sys/fs/cgroup && mkdir gantry-probe && (cd gantry-probe; ls memory.limit_in_bytes memory.max | grep -q .); found=$?; rmdir gantry-probe; exit $found',
  ],
};
/** Those of `network-child.ts`, but for what needs a kernel with netem. */
const BAD_LINES = ['narrow', 'lossy', 'nowhere', 'mute', 'silent', 'all silent'];

const JOBS = [
  'install',
  'update by chunks',
  'update by patch',
  'update in little space',
  'repair',
  'adopt',
  'roll back',
  'move',
  'uninstall',
];
/** Struck once more where threads write what is fetched, as those of larger games do. */
const JOBS_BY_THREADS = ['install', 'update by chunks', 'update in little space'];
const ERRORS = ['ENOSPC', 'EIO', 'EMFILE', 'EACCES', 'EBUSY', 'EROFS', 'ETXTBSY', 'EFBIG', 'ENAMETOOLONG'];
/** Of builds made up by size: files, GiB of one file, and GiB of a game of which most bytes are zeros. */
const SIZES = {
  files: { full: 200_000, quick: 20_000 },
  file: { full: 8, quick: 1 },
  game: { full: 50, quick: 2 },
} as const;
export const HOSTILE_KINDS = [
  'manifests, as stored',
  'manifests, inside their frame',
  'packs',
  'chunks',
  'paths',
  'links and trees',
  'journals',
  'patches',
  'TUF documents',
];

interface StruckJob {
  readonly name: string;
  /** As `call-faults-child.ts` and `power-cut-child.ts` are told of it. */
  readonly job: object;
}

function byMain(job: string): StruckJob {
  return { name: job, job: { scenarios: [job] } };
}

function byThreads(job: string): StruckJob {
  return { name: `${job}, written by threads`, job: { scenarios: [job], byThreads: true } };
}

function once(...parameters: readonly string[]): readonly (readonly string[])[] {
  return [parameters];
}

/** One request for each process, of which each strikes its part of the calls. */
function divided(content: object, { atOnce }: Amount): readonly (readonly string[])[] {
  return Array.from({ length: atOnce }, (_, part) => [JSON.stringify({ ...content, part, parts: atOnce })]);
}

/** Numbers from `first` on in processes that each take so many: `FIRST COUNT`. */
function ranges(first: number, count: number, eachMax: number): readonly (readonly string[])[] {
  return Array.from({ length: Math.ceil(count / eachMax) }, (_, range) => [
    String(first + range * eachMax),
    String(Math.min(eachMax, count - range * eachMax)),
  ]);
}

export const faultClasses: readonly FaultClass[] = [
  {
    id: 'simulation',
    commands: ({ size, seeds = size === 'full' ? SEEDS_FULL : 300 }) => [
      {
        fault: 'anything, in random lives of an install',
        how: `seeded simulation of disks, network, clock and threads in one process; of ${SEEDS_FULL.toLocaleString('en')} seeds`,
        program: 'patcher/testing/simulation/simulate-child.ts',
        shards: ranges(FIRST_SEED, seeds, SEEDS_A_PROCESS),
      },
    ],
  },
  {
    id: 'calls',
    commands: (amount) =>
      [...ERRORS, 'EPERM'].map((errno) => ({
        fault: `${errno} in any job`,
        how: 'simulated disks; at calls of all jobs that change or read something, once and from then on',
        program: 'patcher/testing/simulation/failing-calls-child.ts',
        shards: divided({ errno, every: amount.every ?? (amount.size === 'full' ? 1 : 40) }, amount),
      })),
  },
  {
    id: 'kill',
    needs: STRACE,
    commands: (amount) =>
      [...JOBS.map(byMain), ...JOBS_BY_THREADS.map(byThreads)].map(({ name, job }) => ({
        fault: `kill -9 during ${name}`,
        how: 'strace, at calls that change the disk',
        program: `${FAULTS}/call-faults-child.ts`,
        shards: divided(
          {
            ...job,
            fault: 'signal=SIGKILL',
            every: amount.every ?? (amount.size === 'full' ? 1 : 6),
          },
          amount,
        ),
      })),
  },
  {
    id: 'power',
    needs: LOOP,
    commands: (amount) =>
      [...JOBS.map(byMain), ...JOBS_BY_THREADS.map(byThreads)].map(({ name, job }) => ({
        fault: `power cut during ${name}`,
        how: 'ext4 on a loop device, started again from what its image held',
        prefix: ['unshare', '-m'],
        program: `${FAULTS}/power-cut-child.ts`,
        shards: divided({ ...job, every: amount.every ?? (amount.size === 'full' ? 3 : 20) }, amount),
      })),
  },
  {
    id: 'errno',
    needs: STRACE,
    commands: (amount) => [
      ...[byMain('update by chunks'), byThreads('update by chunks')].map(({ name, job }) => ({
        fault: `fsync fails with EIO during ${name}`,
        how: 'strace, at flushes',
        program: `${FAULTS}/call-faults-child.ts`,
        shards: divided(
          {
            ...job,
            fault: 'error=EIO',
            calls: ['fsync', 'fdatasync'],
            every: amount.every ?? (amount.size === 'full' ? 1 : 4),
          },
          amount,
        ),
      })),
      ...ERRORS.flatMap((error) =>
        [false, true].map((persistent) => ({
          fault: `${error}${persistent ? ', from then on' : ', once'}`,
          how: 'strace, at calls of an update',
          program: `${FAULTS}/call-faults-child.ts`,
          shards: divided(
            {
              scenarios: ['update by chunks'],
              fault: `error=${error}`,
              persistent,
              every: amount.every ?? (amount.size === 'full' ? 1 : 60),
            },
            amount,
          ),
        })),
      ),
    ],
  },
  {
    id: 'space',
    needs: TMPFS,
    commands: () => [
      {
        fault: 'a disk of exactly the stated size, and 1 MiB less',
        how: 'tmpfs of that size',
        prefix: ['unshare', '-m'],
        program: `${FAULTS}/space-child.ts`,
        shards: once(),
      },
    ],
  },
  {
    id: 'read-only',
    needs: TMPFS,
    commands: () => [
      {
        fault: 'a drive with a switch against writing',
        how: 'tmpfs, mounted anew to be read only',
        prefix: ['unshare', '-m'],
        program: `${FAULTS}/read-only-child.ts`,
        shards: once(),
      },
    ],
  },
  {
    id: 'surroundings',
    commands: () =>
      ['clock', 'memory'].map((kind) => ({
        fault: kind,
        how: kind === 'clock' ? 'a calendar that is wrong and jumps' : 'the limits of Node’s heap',
        program: `${FAULTS}/surroundings-child.ts`,
        shards: once(kind),
      })),
  },
  {
    id: 'cgroup',
    needs: CGROUP,
    commands: () => [
      {
        fault: 'cgroup',
        how: 'a cgroup',
        program: `${FAULTS}/surroundings-child.ts`,
        shards: once('cgroup'),
      },
    ],
  },
  {
    id: 'network',
    needs: NAMESPACES,
    commands: () => [
      {
        fault: 'network',
        how: 'a network namespace whose link goes down',
        prefix: ['unshare', '-n'],
        program: `${FAULTS}/surroundings-child.ts`,
        shards: once('network'),
      },
      {
        fault: 'bad lines',
        how: 'two network namespaces and the queues between them (tbf, bfifo)',
        prefix: ['unshare', '-n'],
        program: `${FAULTS}/network-child.ts`,
        shards: BAD_LINES.map((line) => [line]),
      },
      {
        fault: 'packets lost by chance',
        how: 'two network namespaces and netem between them',
        needs: NETEM,
        prefix: ['unshare', '-n'],
        program: `${FAULTS}/network-child.ts`,
        shards: once('random'),
      },
    ],
  },
  {
    id: 'locks',
    commands: ({ size }) => [
      {
        fault: 'eight processes that want one install, one in 25 killed while it has it',
        how: 'processes, half of them with a calendar that jumps; stale locks: of numbers that are nobody’s, or another’s by now, and of an earlier boot',
        program: `${FAULTS}/lock-child.ts`,
        shards: once('8', size === 'full' ? '200' : '25'),
      },
      {
        fault: 'eight processes that begin a job on one install at the same moment',
        how: 'processes: updates by chunks, by patch and in little space, and repairs',
        program: `${FAULTS}/contending-jobs-child.ts`,
        shards: once(size === 'full' ? '25' : '5'),
      },
    ],
  },
  {
    id: 'size',
    needs: TMPFS,
    commands: ({ size }) =>
      Object.entries(SIZES).map(([kind, { full, quick }]) => ({
        fault: `size: ${kind}`,
        how: 'builds made up for it, in memory',
        program: `${FAULTS}/size-child.ts`,
        shards: once(kind, String(size === 'full' ? full : quick)),
      })),
  },
  {
    id: 'damage',
    commands: ({ size }) => [
      {
        fault: 'damage',
        how: 'random harm to files of an install, then repair',
        program: `${FAULTS}/damage-child.ts`,
        shards: once(size === 'full' ? '500' : '40', '1'),
      },
    ],
  },
  {
    id: 'wrong-bytes',
    commands: ({ size }) => [
      {
        fault: 'wrong bytes',
        how: 'stored objects with something wrong in them, installed on simulated disks',
        program: 'patcher/testing/simulation/wrong-bytes-child.ts',
        shards: ranges(0, size === 'full' ? 2000 : 40, size === 'full' ? 250 : 20),
      },
    ],
  },
  {
    id: 'hostile',
    commands: ({ size }) =>
      HOSTILE_KINDS.map((kind) => ({
        fault: kind,
        how: 'mutations of right ones',
        node: HEAP_OF_PATCHER,
        program: 'patcher/testing/hostile/hostile-child.ts',
        shards: ranges(0, size === 'full' ? 100_000 : 2000, size === 'full' ? 25_000 : 1000).map((range) => [
          kind,
          ...range,
        ]),
      })),
  },
];

/** What this project's runs cannot show on any machine of theirs. */
export const NEVER_RUN = [
  'Windows and macOS: sharing violations, antivirus programs and ACLs are imitated by calls that fail',
];
