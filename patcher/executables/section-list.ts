import {
  IMAGE_BYTES_MAX,
  PAGE_BYTES,
  type Architecture,
  type Blank,
  type Executable,
  type Section,
} from './executable.ts';

/** A section as a parser finds it, with its address still absolute. */
export interface FoundSection extends Omit<Section, 'address'> {
  readonly address: bigint | undefined;
}

/** A blank as a parser finds it. */
export interface FoundBlank extends Omit<Blank, 'address'> {
  readonly address: bigint;
}

/** What a parser found. */
export interface FoundImage {
  readonly architecture: Architecture;
  readonly fixed: boolean;
  /** The lowest address when the format does not name a base. */
  readonly base?: bigint;
  readonly sections: readonly FoundSection[];
  readonly blanks: readonly FoundBlank[];
  readonly fileBytes: number;
}

/**
 * Bring what a parser found into order: sections sorted, within the file, not overlapping, counted from the base.
 * @returns `undefined` when the image is empty or too large.
 */
export function buildExecutable(found: FoundImage): Executable | undefined {
  const loaded = [
    ...found.sections.filter((section) => section.address !== undefined),
    ...found.blanks,
  ] as readonly FoundBlank[];
  if (loaded.length === 0) return undefined;
  const lowest = loaded.reduce((low, part) => (part.address < low ? part.address : low), loaded[0]!.address);
  const base = found.base ?? lowest - (lowest % BigInt(PAGE_BYTES));
  const top = loaded.reduce((high, part) => {
    const end = part.address + BigInt(part.sizeBytes);
    return end > high ? end : high;
  }, base);
  const imageBytes = top - base;
  if (lowest < base || imageBytes === 0n || imageBytes > BigInt(IMAGE_BYTES_MAX)) return undefined;
  if (base % BigInt(PAGE_BYTES) !== 0n) return undefined;
  return {
    architecture: found.architecture,
    base,
    imageBytes: Number(imageBytes),
    fixed: found.fixed,
    sections: orderSections(found, base),
    blanks: found.blanks.map((blank) => ({ ...blank, address: Number(blank.address - base) })),
  };
}

function orderSections(found: FoundImage, base: bigint): Section[] {
  const sorted = found.sections
    .filter(({ fileOffset, sizeBytes }) => sizeBytes > 0 && fileOffset + sizeBytes <= found.fileBytes)
    .sort((a, b) => a.fileOffset - b.fileOffset);
  const sections: Section[] = [];
  let end = 0;
  for (const section of sorted) {
    if (section.fileOffset < end) continue;
    end = section.fileOffset + section.sizeBytes;
    const address = section.address === undefined ? undefined : Number(section.address - base);
    sections.push({ ...section, address });
  }
  return sections;
}
