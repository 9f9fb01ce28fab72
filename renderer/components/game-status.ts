import type { Download, LibraryGame } from '../../preload/contract.ts';
import { progressOf } from '../state/downloads-slice.ts';
import { text } from '../text/text.ts';

/** One short line on how a game stands, the most pressing thing first. */
export function gameStatus(game: LibraryGame, download: Download | undefined): string {
  const words = text.library.status;
  if (game.running) return words.running;
  if (download !== undefined) {
    return words.progress({ phase: text.downloads.phases[download.phase], fraction: progressOf(download) });
  }
  if (game.install.status === 'not-installed') {
    return game.depot === null ? words.unavailable : words.notInstalled;
  }
  if (game.install.damaged) return words.damaged;
  if (game.updateAvailable) {
    return game.updateBytes === null ? words.update : words.updateSize({ bytes: game.updateBytes });
  }
  return words.ready;
}
