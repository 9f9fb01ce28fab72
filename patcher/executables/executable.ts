/** Instruction sets whose references are recognised. */
export type Architecture = 'x86-64' | 'arm64';

/** What the bytes of a section hold, as far as the file's headers say. */
export type SectionRole = 'code' | 'data' | 'relocations' | 'symbols';

/** A part of the file. Sections are sorted by `fileOffset` and do not overlap. */
export interface Section {
  readonly name: string;
  readonly role: SectionRole;
  readonly fileOffset: number;
  readonly sizeBytes: number;
  /** From the image's base; `undefined` when it is not loaded. */
  readonly address: number | undefined;
}

/** A place of the image that has no bytes in the file, such as `.bss`. */
export interface Blank {
  readonly name: string;
  readonly address: number;
  readonly sizeBytes: number;
}

/** An executable file or library, as its headers describe it. */
export interface Executable {
  readonly architecture: Architecture;
  /** Address the image is linked for, a multiple of 4096. */
  readonly base: bigint;
  /** Every address of the image lies below `base + imageBytes`. */
  readonly imageBytes: number;
  /** It is always loaded at `base`, so that code may hold absolute addresses. */
  readonly fixed: boolean;
  readonly sections: readonly Section[];
  readonly blanks: readonly Blank[];
}

/** Larger images are patched as plain bytes: addresses are counted in 31 bits. */
export const IMAGE_BYTES_MAX = 2 ** 31 - 2 ** 16;

/** Addresses of instructions are paired with the low bits of their page: bases must not disturb those. */
export const PAGE_BYTES = 4096;
