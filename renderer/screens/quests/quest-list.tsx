import type { Quest } from '../../../preload/contract.ts';
import { Button } from '../../components/button.tsx';
import { GameArt } from '../../components/game-art.tsx';
import { ProgressBar } from '../../components/progress-bar.tsx';
import { useOnline } from '../../state/connection-slice.ts';
import { useGame } from '../../state/library-slice.ts';
import { serializePlace } from '../../state/navigation-slice.ts';
import { questProgress } from '../../state/quests-slice.ts';
import { formatAgo, formatPoints } from '../../text/format.ts';
import { text } from '../../text/text.ts';
import type { Claim } from './claim-flow.tsx';
import styles from './quest-list.module.css';

const words = text.quests;

interface QuestListProps {
  readonly quests: readonly Quest[];
  readonly claim: Claim;
  /** Whether claiming may be the screen's amber button; only the first one is. */
  readonly accentClaim: boolean;
  readonly showGame: boolean;
}

export function QuestList({ quests, claim, accentClaim, showGame }: QuestListProps) {
  const firstReady = quests.find((quest) => quest.state === 'completed')?.questId;
  return (
    <ul>
      {quests.map((quest) => (
        <QuestItem
          key={quest.questId}
          quest={quest}
          claim={claim}
          accent={accentClaim && quest.questId === firstReady}
          showGame={showGame}
        />
      ))}
    </ul>
  );
}

interface QuestItemProps {
  readonly quest: Quest;
  readonly claim: Claim;
  readonly accent: boolean;
  readonly showGame: boolean;
}

function QuestItem({ quest, claim, accent, showGame }: QuestItemProps) {
  const game = useGame(quest.gameId);
  return (
    <li className={styles.quest} data-state={quest.state}>
      {showGame && game !== undefined && <GameArt game={game} kind="icon" className={styles.icon} />}
      <div className={styles.words}>
        <h3 className={styles.title}>{quest.title}</h3>
        <p className={styles.text}>
          {showGame && (
            <a
              href={serializePlace({ screen: 'game', gameId: quest.gameId, tab: 'quests' })}
              className={styles.game}
            >
              {quest.gameTitle}
            </a>
          )}
          <span>{quest.description}</span>
        </p>
      </div>
      <QuestStanding quest={quest} />
      <p className={styles.points}>
        <span className={styles.amount}>{formatPoints(quest.rewardPoints)}</span>{' '}
        {words.pointsWord({ points: quest.rewardPoints })}
      </p>
      {quest.state === 'completed' && <ClaimButton quest={quest} claim={claim} accent={accent} />}
    </li>
  );
}

function QuestStanding({ quest }: { readonly quest: Quest }) {
  switch (quest.state) {
    case 'available':
      return <p className={styles.standing}>{words.target({ seconds: quest.targetSeconds })}</p>;
    case 'claimed':
      return (
        <p className={styles.standing}>
          {quest.claimedAt === null ? words.claimed : words.claimedAgo({ ago: formatAgo(quest.claimedAt) })}
        </p>
      );
    case 'in-progress':
    case 'completed': {
      const progress = words.progress({ done: quest.progressSeconds, target: quest.targetSeconds });
      return (
        <div className={styles.standing}>
          <ProgressBar
            label={words.progressLabel({ title: quest.title })}
            fraction={questProgress(quest)}
            valueText={progress}
            tone={quest.state === 'completed' ? 'good' : 'cool'}
          />
          <p className={styles.progress}>{progress}</p>
        </div>
      );
    }
  }
}

function ClaimButton({ quest, claim, accent }: Omit<QuestItemProps, 'showGame'>) {
  const online = useOnline();
  const busy = claim.claimingId === quest.questId;
  return (
    <Button
      look={accent ? 'primary' : 'quiet'}
      aria-label={words.claimNamed({ title: quest.title })}
      disabled={!online || busy}
      onClick={() => claim.claim(quest)}
      className={styles.claim}
    >
      {busy ? words.claiming : words.claim}
    </Button>
  );
}
