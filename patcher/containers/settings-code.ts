import type { DeflateSettings } from '../kernels/deflate/deflate-coder.ts';

/** A setting's values: from the least, so many. The order is that of the code, the fastest changing first. */
const RANGES = [
  { name: 'level', least: 1, count: 9 },
  { name: 'windowBits', least: 9, count: 7 },
  { name: 'hashBits', least: 8, count: 9 },
  { name: 'hashedBytes', least: 3, count: 2 },
  { name: 'blockBits', least: 7, count: 12 },
  { name: 'strategy', least: 0, count: 4 },
] as const satisfies readonly {
  readonly name: keyof DeflateSettings;
  readonly least: number;
  readonly count: number;
}[];

/** Settings as one number. */
export function serializeSettings(settings: DeflateSettings): number {
  return RANGES.reduceRight((code, { name, least, count }) => code * count + settings[name] - least, 0);
}

/** @returns `undefined` for a number that stands for no settings. */
export function parseSettings(code: number): DeflateSettings | undefined {
  let rest = code;
  const values = RANGES.map(({ name, least, count }) => {
    const value = least + (rest % count);
    rest = Math.floor(rest / count);
    return [name, value] as const;
  });
  return rest === 0 ? (Object.fromEntries(values) as unknown as DeflateSettings) : undefined;
}
