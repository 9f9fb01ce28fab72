import type { Failure } from '../../preload/contract.ts';
import { refreshLibrary, repairInstall } from '../state/library-slice.ts';
import { openCaptivePortal, openClockSettings } from '../state/launcher-slice.ts';
import { goTo, type SettingsSection } from '../state/navigation-slice.ts';
import { gameIdOf } from '../state/notices.ts';
import { signOut } from '../state/session-slice.ts';
import { text } from '../text/text.ts';

export interface FailureStep {
  readonly label: string;
  readonly run: () => unknown;
}

interface FailureContext {
  readonly retry?: (() => unknown) | undefined;
  readonly gameId?: string | undefined;
}

/** @returns The one button a failure offers, or null where there is nothing this screen can do. */
export function failureStep(failure: Failure, context: FailureContext): FailureStep | null {
  const labels = text.failure.actions;
  const gameId = context.gameId ?? gameIdOf(failure);
  switch (failure.action) {
    case 'retry':
    case 'wait':
      return context.retry === undefined ? null : { label: labels[failure.action], run: context.retry };
    case 'repair':
      return gameId === null ? null : { label: labels.repair, run: () => repairInstall(gameId) };
    case 'sign-in':
      // Signing out brings the sign-in screen; installs and settings stay.
      return { label: labels['sign-in'], run: signOut };
    case 'free-space':
    case 'change-location':
      return {
        label: labels[failure.action],
        run: () => openSection('installs'),
      };
    case 'open-portal':
      return { label: labels['open-portal'], run: openCaptivePortal };
    case 'fix-clock':
      return { label: labels['fix-clock'], run: openClockSettings };
    case 'look-again':
      return { label: labels['look-again'], run: refreshLibrary };
    case 'update-launcher':
      return { label: labels['update-launcher'], run: () => openSection('about') };
    case 'report':
      return { label: labels.report, run: () => openSection('diagnostics') };
    case 'none':
      return null;
  }
}

const openSection = (section: SettingsSection): void => goTo({ screen: 'settings', section });
