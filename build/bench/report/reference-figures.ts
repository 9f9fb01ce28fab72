import { z } from 'zod';
import { readFile } from 'node:fs/promises';
import type { ReferenceFigure } from './result.ts';

const MIB = 2 ** 20;

/** CPU seconds and peak MiB. */
const usage = z.tuple([z.number(), z.number()]);
const schema = z.object({
  tools: z.record(
    z.string(),
    z.object({
      version: z.string(),
      pairs: z.record(
        z.string(),
        z.object({ downloadBytes: z.number(), diff: usage.optional(), apply: usage.optional() }),
      ),
    }),
  ),
});

export interface ReferenceTool {
  readonly version: string;
  readonly pairs: ReadonlyMap<string, ReferenceFigure>;
}

/** Figures of tools that cannot be had on every machine, measured once on the same pairs; by tool. */
export async function readReferenceFigures(): Promise<ReadonlyMap<string, ReferenceTool>> {
  const file = new URL('reference-figures.json', import.meta.url);
  const { tools } = schema.parse(JSON.parse(await readFile(file, 'utf8')));
  return new Map(
    Object.entries(tools).map(([id, tool]) => {
      const figures = Object.entries(tool.pairs).map(([pair, { downloadBytes, diff, apply }]) => {
        const figure: ReferenceFigure = {
          downloadBytes,
          ...(diff === undefined ? {} : { diff: readUsage(diff) }),
          ...(apply === undefined ? {} : { apply: readUsage(apply) }),
        };
        return [pair, figure] as const;
      });
      return [id, { version: tool.version, pairs: new Map(figures) }];
    }),
  );
}

function readUsage([cpuSeconds, peakMiB]: readonly [number, number]) {
  return { cpuSeconds, peakBytes: peakMiB * MIB };
}
