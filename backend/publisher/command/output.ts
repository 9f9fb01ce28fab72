import { ProgressLine } from '../../../patcher/terminal/progress-line.ts';

/** How a verb speaks: results on stdout (text or one JSON line), progress and remarks on stderr. */
export interface Output {
  readonly json: boolean;
  readonly progress: ProgressLine;
  /** A verb's result: `data` with `--json`, else `text`. */
  readonly result: (data: Readonly<Record<string, unknown>>, text: string) => void;
  /** A remark for people; nothing with `--quiet`. */
  readonly remark: (text: string) => void;
}

export interface OutputOptions {
  readonly json?: boolean | undefined;
  readonly quiet?: boolean | undefined;
}

export function createOutput(options: OutputOptions): Output {
  const json = options.json ?? false;
  const quiet = options.quiet ?? false;
  return {
    json,
    progress: new ProgressLine({ stream: process.stderr, quiet }),
    result: (data, text) => process.stdout.write(json ? `${JSON.stringify(data)}\n` : `${text}\n`),
    remark: (text) => {
      if (!quiet) process.stderr.write(`${text}\n`);
    },
  };
}
