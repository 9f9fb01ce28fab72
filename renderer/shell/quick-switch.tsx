import { Dialog } from '@base-ui/react/dialog';
import { CornerDownLeft, Search } from 'lucide-react';
import { useId, useMemo, useState, type KeyboardEvent } from 'react';
import type { LibraryGame } from '../../preload/contract.ts';
import { GameArt } from '../components/game-art.tsx';
import { useLibrary } from '../state/library-slice.ts';
import { foldForSearch, matchesQuery } from '../state/library-view-slice.ts';
import { goTo, type Place } from '../state/navigation-slice.ts';
import { text } from '../text/text.ts';
import { closeQuickSwitch, useQuickSwitch } from './quick-switch-state.ts';
import styles from './quick-switch.module.css';

interface Target {
  readonly key: string;
  readonly label: string;
  readonly note: string;
  readonly place: Place;
  readonly game: LibraryGame | null;
}

const screens: readonly Target[] = (
  [
    { screen: 'home' },
    { screen: 'library' },
    { screen: 'downloads' },
    { screen: 'quests' },
    { screen: 'settings', section: 'appearance' },
  ] as const
).map((place) => ({
  key: place.screen,
  label: text.rail[place.screen],
  note: text.quickSwitch.screen,
  place,
  game: null,
}));

const resultsMax = 8;

/** Games and screens that fit the words; games that start with them first, then the last played. */
export function findTargets(games: readonly LibraryGame[], query: string): Target[] {
  const folded = foldForSearch(query.trim());
  const startsWith = (label: string): number => Number(foldForSearch(label).startsWith(folded));
  const found = games
    .filter((game) => matchesQuery(game, query.trim()))
    .sort(
      (a, b) =>
        startsWith(b.title) - startsWith(a.title) ||
        (b.lastPlayedAt ?? '').localeCompare(a.lastPlayedAt ?? ''),
    )
    .slice(0, resultsMax)
    .map(
      (game): Target => ({
        key: `game ${game.gameId}`,
        label: game.title,
        note: game.studio,
        place: { screen: 'game', gameId: game.gameId, tab: 'overview' },
        game,
      }),
    );
  const foundScreens = screens.filter((screen) => foldForSearch(screen.label).includes(folded));
  const all =
    startsWith(foundScreens[0]?.label ?? '') && folded !== ''
      ? [...foundScreens, ...found]
      : [...found, ...foundScreens];
  return all.slice(0, resultsMax);
}

export function QuickSwitch() {
  const open = useQuickSwitch((state) => state.open);
  return (
    <Dialog.Root open={open} onOpenChange={(next) => next || closeQuickSwitch()}>
      <Dialog.Portal>
        <Dialog.Backdrop className={styles.veil} />
        <Dialog.Popup className={styles.popup}>
          <Dialog.Title className="visually-hidden">{text.quickSwitch.title}</Dialog.Title>
          <Finder />
        </Dialog.Popup>
      </Dialog.Portal>
    </Dialog.Root>
  );
}

function Finder() {
  const games = useLibrary((library) => library.games);
  const [query, setQuery] = useState('');
  const [chosen, setChosen] = useState(0);
  const listId = useId();
  const targets = useMemo(() => findTargets(games, query), [games, query]);
  const active = targets[chosen];
  const open = (target: Target | undefined): void => {
    if (target === undefined) return;
    closeQuickSwitch();
    goTo(target.place);
  };
  const onKeyDown = (event: KeyboardEvent): void => {
    const step = { ArrowDown: 1, ArrowUp: -1 }[event.key];
    if (event.key === 'Enter') open(active);
    else if (step !== undefined) setChosen((chosen + step + targets.length) % Math.max(1, targets.length));
    else return;
    event.preventDefault();
  };
  const search = (words: string): void => {
    setQuery(words);
    setChosen(0);
  };
  return (
    <>
      <div className={styles.field}>
        <Search aria-hidden />
        <input
          className={styles.input}
          role="combobox"
          aria-label={text.quickSwitch.placeholder}
          aria-expanded={targets.length > 0}
          aria-controls={listId}
          aria-activedescendant={active === undefined ? undefined : `${listId}-${chosen}`}
          aria-autocomplete="list"
          autoComplete="off"
          placeholder={text.quickSwitch.placeholder}
          value={query}
          onChange={(event) => search(event.target.value)}
          onKeyDown={onKeyDown}
        />
      </div>
      <div id={listId} role="listbox" aria-label={text.quickSwitch.title} className={styles.list}>
        {targets.map((target, index) => (
          // oxlint-disable-next-line jsx-a11y/click-events-have-key-events -- the field above has the keys
          <div
            key={target.key}
            id={`${listId}-${index}`}
            role="option"
            tabIndex={-1}
            aria-selected={index === chosen}
            className={styles.option}
            onPointerMove={() => setChosen(index)}
            onClick={() => open(target)}
          >
            {target.game === null ? (
              <span className={styles.blank} aria-hidden />
            ) : (
              <GameArt game={target.game} kind="icon" className={styles.icon} />
            )}
            <span className={styles.name}>{target.label}</span>
            <span className={styles.note}>{target.note}</span>
          </div>
        ))}
      </div>
      {targets.length === 0 && <p className={styles.none}>{text.quickSwitch.none({ query })}</p>}
      <p className={styles.hint}>
        <CornerDownLeft aria-hidden />
        {text.quickSwitch.hint}
      </p>
      <p role="status" className="visually-hidden">
        {text.quickSwitch.results({ count: targets.length })}
      </p>
    </>
  );
}
