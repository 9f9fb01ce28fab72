import { Tabs } from '@base-ui/react/tabs';
import type { ComponentType } from 'react';
import { Page } from '../../components/page.tsx';
import { settingsSections, switchTo, type SettingsSection } from '../../state/navigation-slice.ts';
import { text } from '../../text/text.ts';
import { AboutSection } from './about-section.tsx';
import { AccountSection } from './account-section.tsx';
import { AppearanceSection } from './appearance-section.tsx';
import { DiagnosticsSection } from './diagnostics-section.tsx';
import { DownloadsSection } from './downloads-section.tsx';
import { InstallsSection } from './installs-section.tsx';
import { PrivacySection } from './privacy-section.tsx';
import styles from './settings-screen.module.css';
import { UpdatesSection } from './updates-section.tsx';

const words = text.settings;

const panels: Record<SettingsSection, ComponentType> = {
  appearance: AppearanceSection,
  installs: InstallsSection,
  downloads: DownloadsSection,
  updates: UpdatesSection,
  account: AccountSection,
  privacy: PrivacySection,
  diagnostics: DiagnosticsSection,
  about: AboutSection,
};

export function SettingsScreen({ section }: { readonly section: SettingsSection }) {
  return (
    <Page title={words.title}>
      <Tabs.Root
        orientation="vertical"
        value={section}
        onValueChange={(next: SettingsSection) => switchTo({ screen: 'settings', section: next })}
        className={styles.settings}
      >
        <Tabs.List className={styles.list} aria-label={words.sectionsLabel}>
          {settingsSections.map((name) => (
            <Tabs.Tab key={name} value={name} className={styles.tab}>
              {words.sections[name]}
            </Tabs.Tab>
          ))}
        </Tabs.List>
        {settingsSections.map((name) => {
          const Panel = panels[name];
          return (
            <Tabs.Panel key={name} value={name} className={styles.panel}>
              <h2 className={styles.heading}>{words.sections[name]}</h2>
              <Panel />
            </Tabs.Panel>
          );
        })}
      </Tabs.Root>
    </Page>
  );
}
