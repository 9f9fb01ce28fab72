import { computeUsdPerMillion } from '../report/statistics.ts';

/** What an install or an update fetches, as the study tells it. */
export interface DownloadCosts {
  readonly chunks: number;
  readonly bytes: number;
  readonly wastedBytes: number;
  readonly requests: number;
  readonly manifestBytes: number;
}

/** CloudFront's published price in the United States, November 2026 (`backend/delivery/prices-2026-11.ts`). */
const USD_PER_MILLION_REQUESTS = 1;
/** The player's line, and what each request waits for its first byte, as many as run at once waiting together. */
const RATE_MBIT = 50;
const SECONDS_PER_REQUEST = 0.03;
const STREAMS = 8;

/** With the manifest, which every install and update fetches whole. */
export function allBytes({ bytes, manifestBytes }: DownloadCosts): number {
  return bytes + manifestBytes;
}

/** What the CDN charges for a million players doing this once. */
export function computeUsd(costs: DownloadCosts): number {
  return computeUsdPerMillion(allBytes(costs)) + costs.requests * USD_PER_MILLION_REQUESTS;
}

/** Bytes at the line's rate, and the waits of all requests over the streams. */
export function computeSeconds(costs: DownloadCosts): number {
  return (allBytes(costs) * 8) / (RATE_MBIT * 1e6) + (costs.requests * SECONDS_PER_REQUEST) / STREAMS;
}
