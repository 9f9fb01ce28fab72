import { fireEvent, screen } from '@testing-library/react';
import { describe, expect, it } from 'vitest';
import { refused } from '../../testing/fake-launcher.ts';
import { renderApp } from '../../testing/render-app.tsx';
import { scenario } from '../../testing/scenarios.ts';

const type = (label: string, value: string): void => {
  fireEvent.change(screen.getByLabelText(label), { target: { value } });
};

describe('sign in', () => {
  it('sends email and password and shows the library', async () => {
    const app = await renderApp(scenario('signed-out'));
    type('Email', 'robin@example.com');
    type('Password', 'a short sentence');
    fireEvent.click(screen.getByRole('button', { name: 'Sign in' }));
    expect(await screen.findByRole('navigation', { name: 'Main' })).toBeDefined();
    expect(app.requests[0]).toEqual({
      name: 'session:sign-in',
      argument: { email: 'robin@example.com', password: 'a short sentence' },
    });
  });

  it('does not bother the service with an empty form, and goes to the first problem', async () => {
    const app = await renderApp(scenario('signed-out'));
    fireEvent.click(screen.getByRole('button', { name: 'Sign in' }));
    expect(screen.getAllByText('Fill this in.')).toHaveLength(2);
    expect(document.activeElement).toBe(screen.getByLabelText('Email'));
    expect(app.asked()).toEqual([]);
  });

  it('shows what the service says and keeps what was typed', async () => {
    await renderApp(scenario('signed-out'), '#/home', (fake) =>
      fake.answer('session:sign-in', () =>
        refused({ message: 'Email and password do not fit.', next: 'Check both.' }),
      ),
    );
    type('Email', 'robin@example.com');
    type('Password', 'wrong');
    fireEvent.click(screen.getByRole('button', { name: 'Sign in' }));
    expect((await screen.findByRole('alert')).textContent).toContain('Email and password do not fit.');
    expect(screen.getByLabelText<HTMLInputElement>('Email').value).toBe('robin@example.com');
  });

  it('wants a longer password for a new account', async () => {
    const app = await renderApp(scenario('signed-out'));
    fireEvent.click(screen.getByRole('button', { name: 'Create an account' }));
    type('Name others see', 'Robin');
    type('Email', 'robin@example.com');
    type('Password', 'short');
    fireEvent.click(screen.getByRole('button', { name: 'Create account' }));
    expect(screen.getByText('Use at least 8 characters.')).toBeDefined();
    type('Password', 'long enough');
    fireEvent.click(screen.getByRole('button', { name: 'Create account' }));
    expect(app.requests).toEqual([
      {
        name: 'session:register',
        argument: { email: 'robin@example.com', password: 'long enough', displayName: 'Robin' },
      },
    ]);
  });

  it('says why the last session ended', async () => {
    await renderApp(scenario('session-ended'));
    expect(screen.getByRole('alert').textContent).toContain('signed out on another device');
  });
});
