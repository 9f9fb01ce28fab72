import { act, fireEvent } from '@testing-library/react';
import { expect, test } from 'vitest';
import { useNavigation } from '../state/navigation-slice.ts';
import { renderApp } from '../testing/render-app.tsx';
import { scenario } from '../testing/scenarios.ts';

const looks = ({ requests }: Awaited<ReturnType<typeof renderApp>>) =>
  requests.filter(({ name }) => name === 'library:freshen').length;

test('Home and the library look for what is new when they are opened, other screens do not', async () => {
  const app = await renderApp(scenario('library'), '#/settings/about');
  expect(looks(app)).toBe(0);
  act(() => useNavigation.setState({ place: { screen: 'home' } }));
  expect(looks(app)).toBe(1);
  act(() => useNavigation.setState({ place: { screen: 'quests' } }));
  expect(looks(app)).toBe(1);
  act(() => useNavigation.setState({ place: { screen: 'library' } }));
  expect(looks(app)).toBe(2);
});

test('coming back to the window looks for what is new', async () => {
  const app = await renderApp(scenario('library'), '#/downloads');
  fireEvent(window, new Event('focus'));
  expect(looks(app)).toBe(1);
  fireEvent(document, new Event('visibilitychange'));
  expect(looks(app)).toBe(2);
});
