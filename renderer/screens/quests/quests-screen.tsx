import { useMemo } from 'react';
import type { Quest } from '../../../preload/contract.ts';
import { Button } from '../../components/button.tsx';
import { EmptyState } from '../../components/empty-state.tsx';
import { FailureCard } from '../../components/failure-card.tsx';
import { EmptyBayDrawing } from '../../components/hangar-drawing.tsx';
import { Page } from '../../components/page.tsx';
import { Section } from '../../components/section.tsx';
import { LoadingNote, Skeleton } from '../../components/skeleton.tsx';
import { useOnline } from '../../state/connection-slice.ts';
import { goTo } from '../../state/navigation-slice.ts';
import { questProgress, refreshQuests, useQuests } from '../../state/quests-slice.ts';
import { formatPoints } from '../../text/format.ts';
import { text } from '../../text/text.ts';
import { ClaimFlow, type Claim } from './claim-flow.tsx';
import { QuestList } from './quest-list.tsx';
import styles from './quests-screen.module.css';
import { RewardHistory } from './reward-history.tsx';

const words = text.quests;

export function QuestsScreen() {
  const { status, quests, failure } = useQuests();
  const online = useOnline();
  return (
    <Page title={words.title} aside={status !== 'loading' && <Balance />}>
      {failure !== null && <FailureCard failure={failure} onRetry={refreshQuests} />}
      {failure === null && (!online || status === 'stale') && (
        <p className={styles.stale}>{online ? words.stale : words.offline}</p>
      )}
      {status === 'loading' ? (
        <QuestsSkeleton />
      ) : quests.length === 0 ? (
        <EmptyState
          drawing={<EmptyBayDrawing />}
          title={words.emptyTitle}
          text={words.emptyText}
          action={<Button onClick={() => goTo({ screen: 'library' })}>{words.emptyAction}</Button>}
        />
      ) : (
        <ClaimFlow>{(claim) => <QuestGroups quests={quests} claim={claim} />}</ClaimFlow>
      )}
      {status !== 'loading' && <RewardHistory />}
    </Page>
  );
}

function Balance() {
  const balance = useQuests((state) => state.balancePoints);
  return (
    <p className={styles.balance}>
      <span className={styles.label}>{words.balance}</span>
      <span className={styles.amount}>{formatPoints(balance)}</span>{' '}
      <span className={styles.unit}>{words.pointsWord({ points: balance })}</span>
    </p>
  );
}

const groups: readonly { readonly state: Quest['state']; readonly title: string }[] = [
  { state: 'completed', title: words.ready },
  { state: 'in-progress', title: words.inProgress },
  { state: 'available', title: words.available },
  { state: 'claimed', title: words.done },
];

function QuestGroups({ quests, claim }: { readonly quests: readonly Quest[]; readonly claim: Claim }) {
  const sorted = useMemo(
    () => [...quests].sort((a, b) => questProgress(b) - questProgress(a) || a.title.localeCompare(b.title)),
    [quests],
  );
  return groups.map(({ state, title }) => {
    const members = sorted.filter((quest) => quest.state === state);
    return members.length === 0 ? null : (
      <Section key={state} title={title}>
        <QuestList quests={members} claim={claim} accentClaim showGame />
      </Section>
    );
  });
}

function QuestsSkeleton() {
  return (
    <div className={styles.skeletons}>
      <LoadingNote />
      <Skeleton className={styles.skeleton} />
      <Skeleton className={styles.skeleton} />
      <Skeleton className={styles.skeleton} />
    </div>
  );
}
