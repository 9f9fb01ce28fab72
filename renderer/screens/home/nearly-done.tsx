import { useMemo } from 'react';
import type { Quest } from '../../../preload/contract.ts';
import { GameArt } from '../../components/game-art.tsx';
import { ProgressRing } from '../../components/progress-ring.tsx';
import { Section } from '../../components/section.tsx';
import { useGame } from '../../state/library-slice.ts';
import { nearlyDone, questProgress, useQuests } from '../../state/quests-slice.ts';
import { text } from '../../text/text.ts';
import styles from './rows.module.css';

/** The quests that can be finished soon, nearest first. */
export function NearlyDone() {
  const quests = useQuests((state) => state.quests);
  const near = useMemo(() => nearlyDone(quests, 3), [quests]);
  if (near.length === 0) return null;
  return (
    <Section
      title={text.home.nearlyDone}
      aside={
        <a href="#/quests" className={styles.all}>
          {text.home.allQuests}
        </a>
      }
    >
      <ul className={styles.rows}>
        {near.map((quest) => (
          <QuestRow key={quest.questId} quest={quest} />
        ))}
      </ul>
    </Section>
  );
}

function QuestRow({ quest }: { readonly quest: Quest }) {
  const game = useGame(quest.gameId);
  const done = quest.state === 'completed';
  return (
    <li className={styles.row}>
      <ProgressRing fraction={questProgress(quest)} done={done}>
        {game !== undefined && <GameArt game={game} kind="icon" />}
      </ProgressRing>
      <a className={styles.words} href="#/quests">
        <span className={styles.title}>{quest.title}</span>
        <span className={styles.note}>
          {done
            ? text.quests.ready
            : text.quests.left({ seconds: Math.max(0, quest.targetSeconds - quest.progressSeconds) })}
        </span>
      </a>
      <span className={styles.figure}>{text.quests.points({ points: quest.rewardPoints })}</span>
    </li>
  );
}
