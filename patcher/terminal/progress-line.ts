import { formatBytes, formatSeconds } from './quantities.ts';

/** Where work stands; `bytesTotal` 0 while it is not known. */
export interface ProgressState {
  readonly phase: string;
  readonly bytesDone: number;
  readonly bytesTotal: number;
  /** What is counted where it is not bytes: `packs`. */
  readonly unit?: string;
}

export interface ProgressLineOptions {
  readonly stream: NodeJS.WriteStream;
  readonly now?: () => number;
  readonly quiet?: boolean;
}

const BAR_CELLS = 24;
/** Quick enough to look alive, slow enough to read. */
const REDRAW_MS = 100;
/** A log gets a line for each phase and then one every few seconds. */
const PLAIN_LINE_MS = 3_000;

/**
 * Progress on a terminal: one line redrawn with bar, speed and time left; plain lines where nothing redraws
 * (a pipe, a CI log).
 */
export class ProgressLine {
  readonly #stream: NodeJS.WriteStream;
  readonly #now: () => number;
  readonly #quiet: boolean;
  #phase = '';
  #phaseStartedMs = 0;
  #phaseStartBytes = 0;
  #writtenMs = 0;
  #drawn = false;
  /** In a log: what has moved on since the last line of its phase. */
  #unwritten: ProgressState | undefined;

  constructor(options: ProgressLineOptions) {
    this.#stream = options.stream;
    this.#now = options.now ?? Date.now;
    this.#quiet = options.quiet ?? false;
  }

  update(state: ProgressState): void {
    if (this.#quiet) return;
    const now = this.#now();
    const phaseChanged = state.phase !== this.#phase;
    if (phaseChanged) {
      this.#writeUnwritten(now);
      this.#phase = state.phase;
      this.#phaseStartedMs = now;
      this.#phaseStartBytes = state.bytesDone;
    }
    const intervalMs = this.#stream.isTTY ? REDRAW_MS : PLAIN_LINE_MS;
    const finished = state.bytesTotal > 0 && state.bytesDone >= state.bytesTotal;
    if (!phaseChanged && now - this.#writtenMs < intervalMs && !(finished && this.#stream.isTTY)) {
      this.#unwritten = state;
      return;
    }
    this.#unwritten = undefined;
    this.#writtenMs = now;
    this.#write(this.#format(state, now));
  }

  /** Leave the line; what is printed next starts on a fresh one. */
  end(): void {
    this.#writeUnwritten(this.#now());
    if (this.#drawn) this.#stream.write('\n');
    this.#drawn = false;
  }

  /** A log's last line of a phase says how far it came; a terminal has shown it. */
  #writeUnwritten(now: number): void {
    const state = this.#unwritten;
    this.#unwritten = undefined;
    if (state !== undefined && !this.#stream.isTTY) this.#write(this.#format(state, now));
  }

  #write(text: string): void {
    if (!this.#stream.isTTY) {
      this.#stream.write(`${text}\n`);
      return;
    }
    const width = this.#stream.columns ?? 80;
    this.#stream.write(`\r\u001b[2K${text.slice(0, width - 1)}`);
    this.#drawn = true;
  }

  #format(state: ProgressState, now: number): string {
    const phase = state.phase.padEnd(12);
    if (state.bytesTotal === 0) {
      return state.bytesDone === 0 ? phase.trimEnd() : `${phase} ${formatBytes(state.bytesDone)}`;
    }
    const fraction = Math.min(1, state.bytesDone / state.bytesTotal);
    const seconds = (now - this.#phaseStartedMs) / 1000;
    const speed = seconds > 0 ? (state.bytesDone - this.#phaseStartBytes) / seconds : 0;
    const left = speed > 0 ? (state.bytesTotal - state.bytesDone) / speed : undefined;
    const bar = `${phase} ${drawBar(fraction)} ${String(Math.floor(fraction * 100)).padStart(3)} %`;
    if (state.unit !== undefined) return `${bar}  ${state.bytesDone} of ${state.bytesTotal} ${state.unit}`;
    const parts = [
      bar,
      `${formatBytes(state.bytesDone)} of ${formatBytes(state.bytesTotal)}`,
      ...(speed > 0 ? [`${formatBytes(speed)}/s`] : []),
      ...(left !== undefined && left > 0.5 ? [`${formatSeconds(left)} left`] : []),
    ];
    return parts.join('  ');
  }
}

function drawBar(fraction: number): string {
  const full = Math.round(fraction * BAR_CELLS);
  return `${'━'.repeat(full)}${'─'.repeat(BAR_CELLS - full)}`;
}
