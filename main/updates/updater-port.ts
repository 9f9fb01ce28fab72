import type { SignedRecord } from './release-record.ts';

/** A release the feed offers. Nothing of it is trusted before its signed record is. */
export interface UpdateOffer {
  readonly version: string;
  readonly files: readonly OfferedFile[];
}

export interface OfferedFile {
  readonly name: string;
  /** 128 hex digits. */
  readonly sha512: string;
}

/** What moves the launcher's own update; Electron's host has one, over electron-updater. */
export interface UpdaterPort {
  /** Ask the feed. @returns null where it offers nothing newer. @throws when the feed cannot be read. */
  readonly check: () => Promise<UpdateOffer | null>;
  /** The offer's signed record, or null where the feed has none. */
  readonly fetchRecord: (version: string) => Promise<SignedRecord | null>;
  /**
   * Download what was offered last, differentially where possible.
   * @param accept Called with the complete file before it counts as downloaded; throws to refuse it.
   * @returns The file.
   */
  readonly download: (options: {
    readonly onFraction: (fraction: number) => void;
    readonly accept: (file: string) => Promise<void>;
  }) => Promise<string>;
  /** Quit, install and start the new version. */
  readonly quitAndInstall: () => void;
}
