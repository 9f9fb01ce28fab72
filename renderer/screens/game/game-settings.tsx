import { useState } from 'react';
import type { LibraryGame } from '../../../preload/contract.ts';
import { Button } from '../../components/button.tsx';
import { ChoiceField } from '../../components/choice-field.tsx';
import { SelectField } from '../../components/select-field.tsx';
import { setChannel, setLaunchArguments, setUpdatePolicy } from '../../state/library-slice.ts';
import { text } from '../../text/text.ts';
import { GameFiles } from './game-files.tsx';
import styles from './game-settings.module.css';

const words = text.game.settings;
const policies = (['automatic', 'scheduled', 'ask', 'never'] as const).map((value) => ({
  value,
  label: words.policies[value],
}));

export function GameSettings({ game }: { readonly game: LibraryGame }) {
  const { gameId } = game;
  return (
    <div className={styles.settings}>
      <SelectField
        label={words.channel}
        hint={words.channelHint}
        choices={game.channels.map((channel) => ({ value: channel, label: channel }))}
        value={game.channel}
        onChange={(channel) => void setChannel(gameId, channel)}
      />
      <ChoiceField
        label={words.policy}
        hint={words.policyHint}
        choices={policies}
        value={game.updatePolicy}
        onChange={(policy) => void setUpdatePolicy(gameId, policy)}
      />
      <LaunchArguments key={game.launchArguments.join('\n')} game={game} />
      <GameFiles game={game} />
    </div>
  );
}

function LaunchArguments({ game }: { readonly game: LibraryGame }) {
  const stored = game.launchArguments.join('\n');
  const [draft, setDraft] = useState(stored);
  const save = (): void => {
    const lines = draft.split('\n').map((line) => line.trim());
    void setLaunchArguments(
      game.gameId,
      lines.filter((line) => line !== ''),
    );
  };
  return (
    <div className={styles.block}>
      <label htmlFor="launch-arguments" className={styles.label}>
        {words.launchArguments}
      </label>
      <p id="launch-arguments-hint" className={styles.hint}>
        {words.launchArgumentsHint}
      </p>
      <textarea
        id="launch-arguments"
        aria-describedby="launch-arguments-hint"
        className={styles.area}
        rows={3}
        spellCheck={false}
        value={draft}
        onChange={(event) => setDraft(event.target.value)}
      />
      <Button disabled={draft === stored} onClick={save}>
        {words.saveArguments}
      </Button>
    </div>
  );
}
