import { ChoiceField } from '../../components/choice-field.tsx';
import { updateSettings, useSettings } from '../../state/settings-slice.ts';
import { text } from '../../text/text.ts';
import styles from './section-layout.module.css';

const words = text.settings;
const themes = (['dark', 'light', 'system'] as const).map((value) => ({ value, label: words.themes[value] }));
const scales = ([1, 1.15, 1.3, 1.5] as const).map((value) => ({ value, label: words.textScales[value] }));
const motions = (['system', 'on', 'off'] as const).map((value) => ({
  value,
  label: words.reducedMotions[value],
}));

export function AppearanceSection() {
  const { theme, textScale, reducedMotion } = useSettings((state) => state.settings);
  return (
    <div className={styles.fields}>
      <ChoiceField
        label={words.theme}
        choices={themes}
        value={theme}
        onChange={(value) => void updateSettings({ theme: value })}
      />
      <ChoiceField
        label={words.textScale}
        choices={scales}
        value={textScale}
        onChange={(value) => void updateSettings({ textScale: value })}
      />
      <ChoiceField
        label={words.reducedMotion}
        choices={motions}
        value={reducedMotion}
        onChange={(value) => void updateSettings({ reducedMotion: value })}
      />
    </div>
  );
}
