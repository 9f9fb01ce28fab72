import { Argument, type Command } from 'commander';
import { formatBytes, formatTable } from '../../../patcher/terminal/quantities.ts';
import type { Settings } from '../../../preload/contract.ts';
import type { Act } from './player-cli.ts';
import { playerErrors } from './player-errors.ts';
import { withPlayer } from './with-player.ts';

interface SettingWord {
  readonly example: string;
  readonly show: (settings: Settings) => string;
  /** @returns Undefined for a value that is none. */
  readonly parse: (value: string) => Partial<Settings> | undefined;
}

/** What a machine without a window may want otherwise, by the word for it. */
const WORDS: Readonly<Record<string, SettingWord>> = {
  limit: {
    example: '5MB (a second), or off',
    show: ({ downloadLimitBytesPerSecond: limit }) =>
      limit === 0 ? 'off' : `${formatBytes(limit)} a second`,
    parse: (value) => {
      const found = /^(\d+(?:\.\d+)?)\s*(k|M|G)?B?$/i.exec(value);
      if (value === 'off') return { downloadLimitBytesPerSecond: 0 };
      if (found === null) return undefined;
      const scale = { k: 1e3, m: 1e6, g: 1e9 }[found[2]?.toLowerCase() ?? ''] ?? 1;
      return { downloadLimitBytesPerSecond: Math.round(Number(found[1]) * scale) };
    },
  },
  'at-once': {
    example: '2',
    show: ({ downloadsAtOnce }) => String(downloadsAtOnce),
    parse: (value) => (/^[1-4]$/.test(value) ? { downloadsAtOnce: Number(value) } : undefined),
  },
  hours: {
    example: '02:00-06:00, or off',
    show: ({ downloadWindow: window }) =>
      window === null ? 'off' : `${timeOf(window.startMinute)}-${timeOf(window.endMinute)}`,
    parse: (value) => {
      if (value === 'off') return { downloadWindow: null };
      const found = /^([01]\d|2[0-3]):([0-5]\d)-([01]\d|2[0-3]):([0-5]\d)$/.exec(value);
      if (found === null) return undefined;
      const [startHour = 0, startMinute = 0, endHour = 0, endMinute = 0] = found.slice(1).map(Number);
      return {
        downloadWindow: { startMinute: startHour * 60 + startMinute, endMinute: endHour * 60 + endMinute },
      };
    },
  },
  'slow-while-playing': {
    example: 'on or off',
    show: ({ slowWhilePlaying }) => (slowWhilePlaying ? 'on' : 'off'),
    parse: (value) => (value === 'on' || value === 'off' ? { slowWhilePlaying: value === 'on' } : undefined),
  },
  route: {
    example: 'balanced, bytes or time',
    show: ({ routePreference }) => routePreference,
    parse: (value) =>
      value === 'balanced' || value === 'bytes' || value === 'time' ? { routePreference: value } : undefined,
  },
  'keep-previous': {
    example: 'on or off',
    show: ({ keepPrevious }) => (keepPrevious ? 'on' : 'off'),
    parse: (value) => (value === 'on' || value === 'off' ? { keepPrevious: value === 'on' } : undefined),
  },
};

/** Show or change what downloads may take. */
export function settingsCommand(program: Command, act: Act): void {
  program
    .command('settings')
    .description(
      'Show what downloads may take, or change one of it: limit, at-once, hours, slow-while-playing, route, keep-previous',
    )
    .addArgument(new Argument('[name]').choices(Object.keys(WORDS)))
    .argument('[value]')
    .action(
      act((scope, name?: string, value?: string) =>
        withPlayer(scope, value === undefined ? 'reads' : 'writes', async ({ services: { settings } }) => {
          if (name !== undefined && value !== undefined) await settings.update(parseSetting(name, value));
          const now = settings.get();
          const { downloadLimitBytesPerSecond, downloadsAtOnce, downloadWindow, slowWhilePlaying } = now;
          const { keepPrevious, routePreference } = now;
          const times = { downloadsAtOnce, downloadWindow, slowWhilePlaying };
          scope.output.result({ downloadLimitBytesPerSecond, ...times, routePreference, keepPrevious }, [
            formatTable(Object.entries(WORDS).map(([word, { show }]) => [word, show(now)])),
          ]);
        }),
      ),
    );
}

/** @throws {AppError} `PLAYER_SETTING_INVALID`. */
export function parseSetting(name: string, value: string): Partial<Settings> {
  const word = WORDS[name];
  const change = word?.parse(value);
  if (change !== undefined) return change;
  throw playerErrors.error('PLAYER_SETTING_INVALID', { name, value, example: word?.example ?? '' });
}

function timeOf(minute: number): string {
  const two = (value: number) => String(value).padStart(2, '0');
  return `${two(Math.floor(minute / 60))}:${two(minute % 60)}`;
}
