import { useShallow } from 'zustand/react/shallow';
import { useQuests } from '../../state/quests-slice.ts';
import { text } from '../../text/text.ts';
import { ClaimFlow } from '../quests/claim-flow.tsx';
import { QuestList } from '../quests/quest-list.tsx';
import styles from './game-settings.module.css';

export function GameQuests({ gameId }: { readonly gameId: string }) {
  const quests = useQuests(useShallow((state) => state.quests.filter((quest) => quest.gameId === gameId)));
  if (quests.length === 0) return <p className={styles.none}>{text.game.noQuests}</p>;
  return (
    <>
      <h2 className="visually-hidden">{text.game.tabs.quests}</h2>
      <ClaimFlow>
        {(claim) => <QuestList quests={quests} claim={claim} accentClaim={false} showGame={false} />}
      </ClaimFlow>
    </>
  );
}
