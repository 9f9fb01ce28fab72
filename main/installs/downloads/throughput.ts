import type { ThroughputSample } from '../../../preload/contract.ts';

/** One point a second for two minutes, as the picture in Downloads shows. */
const SAMPLES_MAX = 120;
/** Weight of the newest second in the smoothed speed: steady to read, yet a stall shows within three seconds. */
const SMOOTHING = 0.35;

/** Turns growing byte counters into points a second apart and a smoothed speed per game. Pure but for its memory. */
export class Throughput {
  #samples: ThroughputSample[] = [];
  readonly #speeds = new Map<string, Speed>();

  get samples(): readonly ThroughputSample[] {
    return this.#samples;
  }

  /** Bytes counted for a game since its job began. */
  count(gameId: string, networkBytes: number, diskBytes: number): void {
    const speed = this.#speeds.get(gameId) ?? newSpeed(networkBytes, diskBytes);
    // A new phase may count from zero again: then the difference starts from there.
    speed.lastNetworkBytes = Math.min(speed.lastNetworkBytes, networkBytes);
    speed.lastDiskBytes = Math.min(speed.lastDiskBytes, diskBytes);
    speed.networkBytes = networkBytes;
    speed.diskBytes = diskBytes;
    this.#speeds.set(gameId, speed);
  }

  /** Close the second that ends at `at`. @returns true where anything moved or still shows. */
  tick(at: number): boolean {
    let network = 0;
    let disk = 0;
    for (const speed of this.#speeds.values()) {
      const networkDelta = speed.networkBytes - speed.lastNetworkBytes;
      const diskDelta = speed.diskBytes - speed.lastDiskBytes;
      speed.network = blend(speed.network, networkDelta);
      speed.disk = blend(speed.disk, diskDelta);
      speed.lastNetworkBytes = speed.networkBytes;
      speed.lastDiskBytes = speed.diskBytes;
      network += networkDelta;
      disk += diskDelta;
    }
    const idle = this.#speeds.size === 0 && this.#samples.at(-1)?.networkBytesPerSecond === 0;
    if (this.#speeds.size === 0 && (this.#samples.length === 0 || idle)) return false;
    const sample = { at, networkBytesPerSecond: network, diskBytesPerSecond: disk };
    this.#samples = [...this.#samples, sample].slice(-SAMPLES_MAX);
    return true;
  }

  speedOf(gameId: string): { networkBytesPerSecond: number; diskBytesPerSecond: number } {
    const speed = this.#speeds.get(gameId);
    return {
      networkBytesPerSecond: Math.round(speed?.network ?? 0),
      diskBytesPerSecond: Math.round(speed?.disk ?? 0),
    };
  }

  /** What was counted for a game that came to no end of a second; undefined for all others. */
  briefOf(gameId: string): { networkBytes: number; diskBytes: number } | undefined {
    const speed = this.#speeds.get(gameId);
    if (speed === undefined || speed.network !== null) return undefined;
    return { networkBytes: speed.networkBytes, diskBytes: speed.diskBytes };
  }

  forget(gameId: string): void {
    this.#speeds.delete(gameId);
  }
}

interface Speed {
  networkBytes: number;
  diskBytes: number;
  lastNetworkBytes: number;
  lastDiskBytes: number;
  network: number | null;
  disk: number | null;
}

function newSpeed(networkBytes: number, diskBytes: number): Speed {
  return {
    networkBytes,
    diskBytes,
    lastNetworkBytes: 0,
    lastDiskBytes: 0,
    network: null,
    disk: null,
  };
}

function blend(before: number | null, now: number): number {
  return before === null ? now : before * (1 - SMOOTHING) + now * SMOOTHING;
}
