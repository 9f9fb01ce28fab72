import { spawnSync } from 'node:child_process';
import { constants, deflateRawSync } from 'node:zlib';
import { deflateRaw } from 'pako';

/** What zlib can be told. */
export interface EncoderOptions {
  readonly level: number;
  readonly memLevel: number;
  readonly windowBits: number;
  readonly strategy: number;
}

export interface Encoder {
  readonly name: string;
  /** What its hash is taken of: 3 bytes in zlib as its authors release it, 4 in Chromium's, which Node has. */
  readonly hashedBytes: 3 | 4;
  deflate(content: Uint8Array, options: EncoderOptions): Uint8Array;
}

const PYTHON = `
import sys, zlib
level, memory, window, strategy = (int(word) for word in sys.argv[1:])
encoder = zlib.compressobj(level, zlib.DEFLATED, -window, memory, strategy)
sys.stdout.buffer.write(encoder.compress(sys.stdin.buffer.read()) + encoder.flush())
`;

function makePako(name: string, hashedBytes: 3 | 4): Encoder {
  const legacyHash = hashedBytes === 3;
  return {
    name,
    hashedBytes,
    deflate: (content, { level, memLevel, windowBits, strategy }) =>
      deflateRaw(content, {
        level,
        memLevel,
        windowBits,
        strategy: strategy as 0,
        legacyHash,
      }),
  };
}

const node: Encoder = {
  name: "Node's zlib",
  hashedBytes: 4,
  deflate: (content, options) => deflateRawSync(content, { ...options, finishFlush: constants.Z_FINISH }),
};

const python: Encoder = {
  name: "Python's zlib",
  hashedBytes: 3,
  deflate: (content, { level, memLevel, windowBits, strategy }) => {
    const words = [level, memLevel, windowBits, strategy].map(String);
    const { status, stdout } = spawnSync('python3', ['-c', PYTHON, ...words], {
      input: content,
      maxBuffer: 2 ** 26,
    });
    if (status !== 0) throw new Error('python3 did not make a stream');
    return stdout;
  },
};

/** Python's zlib is the system's, from C; pako is there everywhere. */
export const ENCODERS: readonly Encoder[] = [
  makePako('pako', 3),
  makePako("pako as Chromium's", 4),
  node,
  ...(hasPython() ? [python] : []),
];

function hasPython(): boolean {
  return spawnSync('python3', ['-c', 'import zlib']).status === 0;
}
