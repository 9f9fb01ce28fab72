import { Tabs } from '@base-ui/react/tabs';
import type { LibraryGame } from '../../../preload/contract.ts';
import { Button } from '../../components/button.tsx';
import { EmptyState } from '../../components/empty-state.tsx';
import { EmptyBayDrawing } from '../../components/hangar-drawing.tsx';
import { Hero } from '../../components/hero.tsx';
import { useGame, useLibrary } from '../../state/library-slice.ts';
import { gameTabs, goTo, switchTo, type GameTab } from '../../state/navigation-slice.ts';
import { useQuests } from '../../state/quests-slice.ts';
import { text } from '../../text/text.ts';
import { ActionBar } from './action-bar.tsx';
import { GameQuests } from './game-quests.tsx';
import styles from './game-screen.module.css';
import { GameSettings } from './game-settings.tsx';
import { Overview } from './overview.tsx';

interface GameScreenProps {
  readonly gameId: string;
  readonly tab: GameTab;
}

export function GameScreen({ gameId, tab }: GameScreenProps) {
  const game = useGame(gameId);
  const loading = useLibrary((library) => library.status === 'loading');
  if (game !== undefined) return <GamePage game={game} tab={tab} />;
  return loading ? null : <MissingGame />;
}

function MissingGame() {
  return (
    <EmptyState
      heading="h1"
      drawing={<EmptyBayDrawing />}
      title={text.game.missingTitle}
      text={text.game.missingText}
      action={<Button onClick={() => goTo({ screen: 'library' })}>{text.game.missingAction}</Button>}
    />
  );
}

function GamePage({ game, tab }: { readonly game: LibraryGame; readonly tab: GameTab }) {
  const { gameId } = game;
  const questCount = useQuests(({ quests }) => quests.filter((quest) => quest.gameId === gameId).length);
  return (
    <article className={styles.page}>
      <Hero game={game}>
        <p className={styles.studio}>{game.studio}</p>
        <h1 className={styles.title} tabIndex={-1}>
          {game.title}
        </h1>
      </Hero>
      <ActionBar game={game} />
      <Tabs.Root
        value={tab}
        onValueChange={(next: GameTab) => switchTo({ screen: 'game', gameId, tab: next })}
        className={styles.tabs}
      >
        <Tabs.List className={styles.list} aria-label={text.game.tabsLabel}>
          {gameTabs.map((name) => (
            <Tabs.Tab key={name} value={name} className={styles.tab}>
              {text.game.tabs[name]}
              {name === 'quests' && questCount > 0 && <span className={styles.count}>{questCount}</span>}
            </Tabs.Tab>
          ))}
          <Tabs.Indicator className={styles.indicator} />
        </Tabs.List>
        <Tabs.Panel value="overview" className={styles.panel}>
          <Overview game={game} />
        </Tabs.Panel>
        <Tabs.Panel value="quests" className={styles.panel}>
          <GameQuests gameId={gameId} />
        </Tabs.Panel>
        <Tabs.Panel value="settings" className={styles.panel}>
          <GameSettings game={game} />
        </Tabs.Panel>
      </Tabs.Root>
    </article>
  );
}
