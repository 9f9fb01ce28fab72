/** How much is done: `quick` in minutes, `full` for a quiet machine. */
export type Size = 'quick' | 'full';

/** A class of faults: the programs that bring it about, each of which prints one line of JSON. */
export interface FaultClass {
  readonly id: string;
  /** What the machine must permit; a command that succeeds where it does. */
  readonly needs?: { readonly what: string; readonly command: readonly string[] };
  readonly commands: (size: Size) => readonly FaultCommand[];
}

export interface FaultCommand {
  /** Names the row of the table. */
  readonly fault: string;
  readonly how: string;
  /** Program and parameters; a program of ours is given by its path in the project. */
  readonly prefix?: readonly string[];
  readonly program: string;
  readonly parameters: readonly string[];
}

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
const NAMESPACES = { what: 'namespaces as root', command: ['unshare', '-n', '-m', 'true'] };

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
const ERRORS = ['ENOSPC', 'EIO', 'EMFILE', 'EACCES', 'EBUSY', 'EROFS', 'ETXTBSY', 'EFBIG', 'ENAMETOOLONG'];
export const HOSTILE_KINDS = [
  'manifests, as stored',
  'manifests, inside their frame',
  'packs',
  'chunks',
  'paths',
  'links and trees',
  'journals',
  'patches',
];

function request(content: object): readonly string[] {
  return [JSON.stringify(content)];
}

export const faultClasses: readonly FaultClass[] = [
  {
    id: 'simulation',
    commands: (size) => [
      {
        fault: 'anything, in random lives of an install',
        how: 'seeded simulation of disk, network, clock and threads in one process',
        program: 'patcher/testing/simulation/simulate-child.ts',
        parameters: ['300000', size === 'full' ? '10000' : '300'],
      },
    ],
  },
  {
    id: 'kill',
    needs: STRACE,
    commands: (size) =>
      JOBS.map((job) => ({
        fault: `kill -9 during ${job}`,
        how: 'strace, at calls that change the disk',
        program: `${FAULTS}/call-faults-child.ts`,
        parameters: request({ scenarios: [job], fault: 'signal=SIGKILL', every: size === 'full' ? 1 : 6 }),
      })),
  },
  {
    id: 'power',
    needs: LOOP,
    commands: (size) =>
      JOBS.map((job) => ({
        fault: `power cut during ${job}`,
        how: 'ext4 on a loop device, started again from what its image held',
        prefix: ['unshare', '-m'],
        program: `${FAULTS}/power-cut-child.ts`,
        parameters: request({ scenarios: [job], every: size === 'full' ? 3 : 20 }),
      })),
  },
  {
    id: 'errno',
    needs: STRACE,
    commands: (size) => [
      {
        fault: 'fsync fails with EIO',
        how: 'strace, at flushes of an update',
        program: `${FAULTS}/call-faults-child.ts`,
        parameters: request({
          scenarios: ['update by chunks'],
          fault: 'error=EIO',
          calls: ['fsync', 'fdatasync'],
          every: size === 'full' ? 1 : 4,
        }),
      },
      ...ERRORS.flatMap((error) =>
        [false, true].map((persistent) => ({
          fault: `${error}${persistent ? ', from then on' : ', once'}`,
          how: 'strace, at calls of an update',
          program: `${FAULTS}/call-faults-child.ts`,
          parameters: request({
            scenarios: ['update by chunks'],
            fault: `error=${error}`,
            persistent,
            every: size === 'full' ? 1 : 60,
          }),
        })),
      ),
    ],
  },
  {
    id: 'space',
    needs: { what: 'tmpfs as root', command: ['unshare', '-m', 'mount', '-t', 'tmpfs', 'tmpfs', '/mnt'] },
    commands: () => [
      {
        fault: 'a disk of exactly the stated size, and 1 MiB less',
        how: 'tmpfs of that size',
        prefix: ['unshare', '-m'],
        program: `${FAULTS}/space-child.ts`,
        parameters: [],
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
        parameters: [kind],
      })),
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
        parameters: ['network'],
      },
    ],
  },
  {
    id: 'locks',
    commands: (size) => [
      {
        fault: 'eight processes that want one install, one in 25 killed while it has it',
        how: 'processes',
        program: `${FAULTS}/lock-child.ts`,
        parameters: ['8', size === 'full' ? '200' : '25'],
      },
    ],
  },
  {
    id: 'size',
    commands: (size) => [
      {
        fault: 'size',
        how: 'builds made up for it',
        program: `${FAULTS}/size-child.ts`,
        parameters: size === 'full' ? ['200000', '8'] : ['20000', '1'],
      },
    ],
  },
  {
    id: 'damage',
    commands: (size) => [
      {
        fault: 'damage',
        how: 'random harm to files of an install, then repair',
        program: `${FAULTS}/damage-child.ts`,
        parameters: [size === 'full' ? '500' : '40', '1'],
      },
    ],
  },
  {
    id: 'hostile',
    commands: (size) =>
      HOSTILE_KINDS.map((kind) => ({
        fault: kind,
        how: 'mutations of right ones',
        program: 'patcher/testing/hostile/hostile-child.ts',
        parameters: [kind, size === 'full' ? '100000' : '2000'],
      })),
  },
];

/** What this project's runs cannot show on any machine of theirs. */
export const NEVER_RUN = [
  'Windows and macOS: sharing violations, antivirus programs and ACLs are imitated by calls that fail',
  'rate limits and packet loss of a real line: those of the simulation stand for them',
];
