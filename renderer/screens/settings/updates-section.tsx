import { ChoiceField } from '../../components/choice-field.tsx';
import { SwitchField } from '../../components/switch-field.tsx';
import { updateSettings, useSettings } from '../../state/settings-slice.ts';
import { text } from '../../text/text.ts';
import styles from './section-layout.module.css';

const words = text.settings;
const policies = (['automatic', 'scheduled', 'ask', 'never'] as const).map((value) => ({
  value,
  label: text.game.settings.policies[value],
}));

export function UpdatesSection() {
  const { defaultUpdatePolicy, startWithSystem } = useSettings((state) => state.settings);
  return (
    <div className={styles.fields}>
      <ChoiceField
        label={words.updatePolicy}
        hint={words.updatePolicyHint}
        choices={policies}
        value={defaultUpdatePolicy}
        onChange={(value) => void updateSettings({ defaultUpdatePolicy: value })}
      />
      <SwitchField
        label={words.startWithSystem}
        hint={words.startWithSystemHint}
        checked={startWithSystem}
        onChange={(value) => void updateSettings({ startWithSystem: value })}
      />
    </div>
  );
}
