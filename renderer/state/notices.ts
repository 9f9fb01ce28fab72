import { Toast } from '@base-ui/react/toast';
import type { Answer, Failure, NoticeEvent } from '../../preload/contract.ts';

export interface NoticeData {
  readonly kind: NoticeEvent['kind'];
  readonly gameId: string | null;
  readonly failure: Failure | null;
}

/** The toasts on screen; the viewport that shows them is a live region. */
export const notices = Toast.createToastManager<NoticeData>();

export function showNotice(notice: NoticeEvent): void {
  notices.add({
    // The same again, as when a retry fails like the try before it, renews the toast that is there.
    id: [notice.kind, notice.gameId, notice.title, notice.text].join(' '),
    title: notice.title,
    description: notice.text,
    priority: notice.kind === 'failure' ? 'high' : 'low',
    data: { kind: notice.kind, gameId: notice.gameId, failure: null },
  });
}

/** A failure stays until it is closed: it carries the next step, which takes time to read. */
export function showFailure(failure: Failure): void {
  notices.add({
    title: failure.message,
    description: failure.next,
    priority: 'high',
    timeout: 0,
    data: { kind: 'failure', gameId: gameIdOf(failure), failure },
  });
}

/** The game a failure is about, where its details name one. */
export function gameIdOf(failure: Failure): string | null {
  const gameId = failure.details['gameId'];
  return typeof gameId === 'string' ? gameId : null;
}

/**
 * Wait for an answer and show its failure as a toast.
 * @returns Whether it worked; for actions whose result shows by itself when main's state changes.
 */
export async function report(answer: Promise<Answer<unknown>>): Promise<boolean> {
  const settled = await answer;
  if (!settled.ok) showFailure(settled.error);
  return settled.ok;
}
