import type { ChunkingParameters } from '../formats/manifest.ts';
import { threadData } from '../threads/stop-flag.ts';
import { type ReportBytes, serveTasks } from '../threads/task-server.ts';
import { packScans, type ScanBatch } from './scan-batch.ts';
import { FileScanner, type FileToScan } from './scan-file.ts';

/** Given to a scanning thread when it starts. */
export interface ScanWorkerData {
  readonly chunking: ChunkingParameters;
}

const { chunking } = threadData<ScanWorkerData>();
let report: ReportBytes = () => {};
const scanner = new FileScanner(chunking, (bytes) => report(bytes));

serveTasks<readonly FileToScan[], ScanBatch>(
  (files, reportBytes) => {
    report = reportBytes;
    return packScans(files.map((file) => scanner.scan(file)));
  },
  ({ sha256, chunkCounts, chunkSizes, chunkSha256 }) =>
    [sha256, chunkCounts, chunkSizes, chunkSha256].map(({ buffer }) => buffer),
);
