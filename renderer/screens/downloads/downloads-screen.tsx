import { Pause, Play } from 'lucide-react';
import type { Download } from '../../../preload/contract.ts';
import { Button } from '../../components/button.tsx';
import { EmptyState } from '../../components/empty-state.tsx';
import { EmptyBayDrawing } from '../../components/hangar-drawing.tsx';
import { Page } from '../../components/page.tsx';
import { Section } from '../../components/section.tsx';
import { clearFinished, isMoving, pauseAll, resumeAll, useDownloads } from '../../state/downloads-slice.ts';
import { goTo } from '../../state/navigation-slice.ts';
import { text } from '../../text/text.ts';
import { ActiveDownload } from './active-download.tsx';
import { DownloadQueue } from './download-queue.tsx';
import { FinishedList } from './finished-list.tsx';
import { ThroughputPicture } from './throughput-picture.tsx';

const words = text.downloads;

export function DownloadsScreen() {
  const queue = useDownloads((downloads) => downloads.queue);
  const finished = useDownloads((downloads) => downloads.finished);
  const empty = queue.length === 0 && finished.length === 0;
  return (
    <Page title={words.title} aside={queue.length > 0 && <AllButton />}>
      {empty && (
        <EmptyState
          drawing={<EmptyBayDrawing />}
          title={words.emptyTitle}
          text={words.emptyText}
          action={<Button onClick={() => goTo({ screen: 'library' })}>{words.emptyAction}</Button>}
        />
      )}
      {queue.length > 0 && <ThroughputPicture />}
      <Active downloads={queue.filter(isShownLarge)} />
      {queue.length > 0 && <DownloadQueue queue={queue} />}
      {finished.length > 0 && (
        <Section
          title={words.finished}
          aside={
            <Button look="plain" size="small" onClick={() => void clearFinished()}>
              {words.clearFinished}
            </Button>
          }
        >
          <FinishedList finished={finished} />
        </Section>
      )}
    </Page>
  );
}

/** What runs, and what stopped and needs the player. */
const isShownLarge = (download: Download): boolean => isMoving(download) || download.phase === 'failed';

function Active({ downloads }: { readonly downloads: readonly Download[] }) {
  return downloads.map((download) => <ActiveDownload key={download.gameId} download={download} />);
}

function AllButton() {
  const allPaused = useDownloads((downloads) => downloads.allPaused);
  return allPaused ? (
    <Button look="primary" icon={<Play aria-hidden />} onClick={() => void resumeAll()}>
      {words.resumeAll}
    </Button>
  ) : (
    <Button icon={<Pause aria-hidden />} onClick={() => void pauseAll()}>
      {words.pauseAll}
    </Button>
  );
}
