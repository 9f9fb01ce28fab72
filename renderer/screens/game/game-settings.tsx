import { useState, type ReactNode } from 'react';
import type { LibraryGame } from '../../../preload/contract.ts';
import { Button } from '../../components/button.tsx';
import { ChoiceField } from '../../components/choice-field.tsx';
import { SelectField } from '../../components/select-field.tsx';
import {
  openInstallFolder,
  repairInstall,
  setChannel,
  setLaunchArguments,
  setUpdatePolicy,
  verifyInstall,
} from '../../state/library-slice.ts';
import { text } from '../../text/text.ts';
import styles from './game-settings.module.css';
import { UninstallDialog } from './uninstall-dialog.tsx';

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
      <Files game={game} />
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

function Files({ game }: { readonly game: LibraryGame }) {
  const [uninstalling, setUninstalling] = useState(false);
  const { gameId, install } = game;
  if (install.status !== 'installed') return <p className={styles.none}>{words.notInstalled}</p>;
  return (
    <section aria-labelledby="game-files">
      <h2 id="game-files" className={styles.heading}>
        {words.files}
      </h2>
      <p className={styles.folder}>{install.folder}</p>
      <FileAction
        hint={words.verifyHint}
        button={<Button onClick={() => void verifyInstall(gameId)}>{words.verify}</Button>}
      />
      {install.damaged && (
        <FileAction
          hint={words.repairHint}
          button={<Button onClick={() => void repairInstall(gameId)}>{words.repair}</Button>}
        />
      )}
      <FileAction
        hint={words.openFolderHint}
        button={<Button onClick={() => void openInstallFolder(gameId)}>{words.openFolder}</Button>}
      />
      <FileAction
        hint={words.uninstallHint({ bytes: install.sizeBytes })}
        button={
          <Button look="danger" onClick={() => setUninstalling(true)}>
            {words.uninstall}
          </Button>
        }
      />
      <UninstallDialog
        game={game}
        sizeBytes={install.sizeBytes}
        open={uninstalling}
        onClose={() => setUninstalling(false)}
      />
    </section>
  );
}

function FileAction({ hint, button }: { readonly hint: string; readonly button: ReactNode }) {
  return (
    <div className={styles.action}>
      <p className={styles.hint}>{hint}</p>
      {button}
    </div>
  );
}
