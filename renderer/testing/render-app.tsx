import { act, render, screen } from '@testing-library/react';
import type { LauncherSlices } from '../../preload/contract.ts';
import { App } from '../app.tsx';
import { closeQuickSwitch } from '../shell/quick-switch-state.ts';
import { useLibraryView } from '../state/library-view-slice.ts';
import { useSession } from '../state/session-slice.ts';
import { parsePlace, useNavigation } from '../state/navigation-slice.ts';
import { createFakeLauncher, type FakeLauncher } from './fake-launcher.ts';

interface RenderedApp extends FakeLauncher {
  /** Names of the requests so far, without the quiet `library:freshen` of every arrival. */
  readonly asked: () => string[];
}

/**
 * Draw the whole launcher over a fake main at a place, and wait for its first screen.
 * @param prepare Runs before the launcher starts; for answers the start itself needs.
 */
export async function renderApp(
  slices: LauncherSlices,
  hash = '#/home',
  prepare: (fake: FakeLauncher) => void = () => {},
): Promise<RenderedApp> {
  const fake = createFakeLauncher(slices);
  prepare(fake);
  Object.assign(window, { launcher: fake.bridge });
  window.history.replaceState(null, '', hash);
  useNavigation.setState({ place: parsePlace(hash) });
  useLibraryView.setState({ query: '', filter: 'all', sort: 'played', layout: 'grid' });
  closeQuickSwitch();
  // As a fresh window: nothing of an earlier test is shown before the snapshot.
  useSession.setState({ status: 'starting' }, true);
  render(<App />);
  await screen.findByRole('main');
  await act(async () => {});
  return {
    ...fake,
    asked: () => fake.requests.map(({ name }) => name).filter((name) => name !== 'library:freshen'),
  };
}
