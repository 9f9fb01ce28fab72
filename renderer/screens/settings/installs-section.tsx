import { useState, type FormEvent } from 'react';
import { Button } from '../../components/button.tsx';
import { FolderField } from '../../components/folder-field.tsx';
import { LocationList } from '../../components/location-list.tsx';
import { updateSettings, useSettings } from '../../state/settings-slice.ts';
import { text } from '../../text/text.ts';
import styles from './section-layout.module.css';

const words = text.settings;

export function InstallsSection() {
  const locations = useSettings((state) => state.locations);
  const installFolder = useSettings((state) => state.settings.installFolder);
  return (
    <div className={styles.fields}>
      <fieldset>
        <legend className={styles.title}>{words.installFolder}</legend>
        <p className={styles.hint}>{words.installFolderHint}</p>
        {locations.length === 0 && <p className={styles.note}>{words.noLocations}</p>}
        <LocationList
          locations={locations}
          value={installFolder}
          onChange={(folder) => void updateSettings({ installFolder: folder })}
        />
      </fieldset>
      <OtherFolder key={installFolder} installFolder={installFolder} />
    </div>
  );
}

function OtherFolder({ installFolder }: { readonly installFolder: string }) {
  const [draft, setDraft] = useState(installFolder);
  const save = (event: FormEvent): void => {
    event.preventDefault();
    void updateSettings({ installFolder: draft.trim() });
  };
  const changed = draft.trim() !== '' && draft.trim() !== installFolder;
  return (
    <form onSubmit={save}>
      <div className={styles.row}>
        <FolderField
          label={words.otherFolder}
          purpose="install"
          value={draft}
          startAt={installFolder}
          maxLength={1024}
          onChange={setDraft}
        />
        <Button type="submit" disabled={!changed}>
          {words.saveFolder}
        </Button>
      </div>
      <p className={styles.hint}>{words.otherFolderHint}</p>
    </form>
  );
}
