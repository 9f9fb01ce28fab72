/**
 * What both sides know about how the addresses of an executable file moved: enough to rewrite the references in any
 * part of the old file to what they should be in the new one, without parsing an executable.
 */
export interface AddressMap {
  /** Address the old and the new image are linked for, multiples of 4096. */
  readonly oldBase: bigint;
  readonly newBase: bigint;
  /** Size of the old image: every address that is counted from `oldBase` lies below it. */
  readonly imageBytes: number;
  /** Parts of the old file whose references are rewritten; sorted, not overlapping. */
  readonly regions: readonly Region[];
  /**
   * How addresses moved: from `stepStarts[i]` on, up to the next step, an address `a` of the old image is
   * `a + stepShifts[i]` in the new one, both counted from their bases. Rising; the first is 0. At least one.
   */
  readonly stepStarts: Uint32Array;
  readonly stepShifts: Int32Array;
}

/** A part of the old file and how its references look. */
export interface Region {
  readonly kind: RegionKind;
  readonly fileOffset: number;
  readonly sizeBytes: number;
  /** Of its first byte, from the base; 0 when it is not loaded. */
  readonly address: number;
  /** Addresses and sizes as the kind says, 0 where it says nothing. */
  readonly parameters: Parameters;
}

/** What a kind of region is given, below 2^31 each. */
export type Parameters = readonly [number, number, number, number];

/**
 * How the references of a region look. The numbers are part of the format.
 * @see docs/formats/address-map.md#regions
 */
export const RegionKind = {
  /** Instructions of x86-64: branch distances and RIP-relative operands. */
  x64: 1,
  /** The same of an image with a fixed base: absolute 32-bit immediates and displacements, too. */
  x64Fixed: 2,
  /** Instructions of ARM64: B, BL, and ADRP with what completes it. */
  arm64: 3,
  /** Aligned 64-bit absolute addresses. */
  pointers: 4,
  /** Aligned 32-bit distances from their own place to code: address and size. */
  relative: 5,
  /** Jump tables of aligned 32-bit distances from their first entry to code: address and size. */
  tables: 6,
  /** Aligned 32-bit distances from an address. */
  offsets: 7,
  /** Aligned 32-bit distances from two addresses in turn. */
  pairs: 8,
  /** Entries of 24 bytes with 64-bit addresses at 0 and 16. */
  relocations: 9,
  /** Entries of 24 bytes with a 64-bit address at 8. */
  symbols: 10,
  /** Aligned 64-bit words whose lower half is a distance from an address. */
  lowWords: 11,
  /** Function entries of Go: starts of code, names, programs and function data. */
  goFunctions: 12,
  /** Type descriptions of Go: 64-bit addresses and distances from types (start, size) and from code (start). */
  goTypes: 13,
  /** Frame descriptions: as `relative`, with the unaligned distance to an exception table behind. */
  frames: 14,
  /** Aligned 64-bit absolute addresses, and jump tables between them, to code: address and size. */
  constants: 15,
} as const;

export type RegionKind = (typeof RegionKind)[keyof typeof RegionKind];
