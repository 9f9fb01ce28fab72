import type { NoticeEvent } from '../../../preload/contract.ts';
import type { LibraryService } from '../../library/library.ts';
import { countDamagedFiles, type JobResult } from './job-runner.ts';

type Titles = Pick<LibraryService, 'serviceGame'>;

export function titleOf(library: Titles, gameId: string): string {
  return library.serviceGame(gameId)?.title ?? gameId;
}

/** What the player is told of a job that is done, with what of theirs had to make way. */
export function noticeOf(result: JobResult, library: Titles): NoticeEvent {
  const { gameId, build, reason } = result.job;
  const title = titleOf(library, gameId);
  if (result.kind === 'verified') {
    const damaged = countDamagedFiles(result.report);
    return damaged === 0
      ? { kind: 'success', title, text: 'Every file is as it should be.', gameId }
      : {
          kind: 'failure',
          title,
          text: `${damaged === 1 ? 'One file is' : `${damaged} files are`} damaged. Repair fetches only what is damaged of ${damaged === 1 ? 'it' : 'them'}.`,
          gameId,
        };
  }
  const version = build.version || String(build.buildId);
  const text = {
    install: 'Ready to play.',
    update: `Updated to ${version}.`,
    repair: 'Repaired. Ready to play.',
    move: `Moved to ${result.report.folder ?? result.job.folder}.`,
    adopt: 'Ready to play.',
    'roll-back': `Back to ${version}. Updates wait until you ask for them.`,
    preload: `${version} lies ready. It takes a moment once it is out.`,
    verify: '',
  };
  const { rescued = [] } = result.report;
  const moved = rescued.map(({ path: at, to }) => `Your ${at} is now ${to}.`);
  return { kind: 'success', title, text: [text[reason], ...moved].join(' '), gameId };
}
