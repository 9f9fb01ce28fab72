import { describe, expect, it } from 'vitest';
import { makeDownload } from '../../testing/builders.ts';
import { phasesOf, stepsOf } from './phase-steps.ts';

const states = (change: Parameters<typeof makeDownload>[0]): string =>
  stepsOf(makeDownload(change))
    .map(({ phase, state }) => `${phase} ${state}`)
    .join(', ');

describe('the steps of a download', () => {
  it('have no patching where only chunks are fetched', () => {
    expect(phasesOf({ reason: 'install', route: 'chunks' })).not.toContain('patching');
    expect(phasesOf({ reason: 'update', route: 'mixed' })).toContain('patching');
  });

  it('are two for a check of the files', () => {
    expect(phasesOf({ reason: 'verify', route: 'none' })).toEqual(['planning', 'verifying']);
  });

  it('copy and nothing else where a game moves, and stay there while it is paused', () => {
    const move = { reason: 'move', route: 'none', downloadedBytes: 0, writtenBytes: 9 } as const;
    const copying = 'planning done, copying now, committing ahead';
    expect(states({ ...move, phase: 'copying' })).toBe(copying);
    expect(states({ ...move, phase: 'paused' })).toBe(copying);
  });

  it('stand before, at and after the phase that runs', () => {
    expect(states({ phase: 'patching' })).toBe(
      'planning done, downloading done, patching now, verifying ahead, committing ahead',
    );
  });

  it('stay where the bytes stopped while paused', () => {
    expect(states({ phase: 'paused', downloadedBytes: 5, writtenBytes: 0 })).toContain('downloading now');
    expect(states({ phase: 'failed', downloadedBytes: 5, writtenBytes: 9 })).toContain('downloading now');
    const fetched = { downloadedBytes: 5, downloadTotalBytes: 5 };
    expect(states({ phase: 'failed', ...fetched, writtenBytes: 9 })).toContain('patching now');
    expect(states({ phase: 'queued', downloadedBytes: 0, writtenBytes: 0 })).toContain('planning now');
  });

  it('are all done at the end', () => {
    expect(stepsOf(makeDownload({ phase: 'done' })).every(({ state }) => state === 'done')).toBe(true);
  });
});
