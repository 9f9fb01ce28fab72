import { readdir, readFile } from 'node:fs/promises';
import { join, parse } from 'node:path';
import { Command } from 'commander';
import { formatTable } from '../../../patcher/terminal/quantities.ts';
import { type ArtKind, artKindSchema, type GameProfile } from '../../api/contract.ts';
import type { CommonOptions } from '../command/context.ts';
import { ensureGame } from '../signing/game-owner.ts';
import { publisherErrors } from '../publisher-errors.ts';
import { addVerb } from '../command/verb.ts';

interface ProfileOptions extends CommonOptions {
  readonly title?: string;
  readonly studio?: string;
  readonly tagline?: string;
  readonly description?: string;
  readonly tags?: string;
  readonly accentColour?: string;
  readonly access?: string;
  readonly art?: string;
  readonly organisation?: string;
}

export function registerGame(program: Command): void {
  const game = new Command('game')
    .summary('see and change your games')
    .description('See and change your games.');
  registerList(game);
  registerSet(game);
  registerArt(game);
  registerEntitle(game);
  program.addCommand(game);
}

function registerList(game: Command): void {
  addVerb(game, {
    name: 'list',
    summary: 'list the games of your organisations',
    help: 'Id, title, organisation and who may install.',
    examples: ['gantry game list'],
    run: async ({ api, output, signal }) => {
      const { games } = await api.games({}, { signal });
      const rows = games.map((one) => [one.gameId, one.title, one.organisationId, one.access]);
      output.result({ games }, formatTable([['game', 'title', 'organisation', 'access'], ...rows]));
    },
  });
}

function registerSet(game: Command): void {
  addVerb<ProfileOptions>(game, {
    name: 'set',
    summary: 'change how a game is shown, and who may install it',
    help: 'Creates the game if it does not exist. What is not given stays as it is.',
    arguments: [['<game>', 'the game’s id']],
    options: [
      ['--title <text>', 'its name'],
      ['--studio <text>', 'who made it'],
      ['--tagline <text>', 'one line'],
      ['--description <text>', 'a few paragraphs'],
      ['--tags <list>', 'words, separated by commas'],
      ['--accent-colour <colour>', 'for example #FFB454'],
      ['--access <who>', 'free (every player) or entitled'],
      ['--art <folder>', 'pictures named by their kind: cover.webp, hero.png, icon.svg, screenshot-1.jpg …'],
      ['--organisation <id>', 'who owns a game that is created'],
    ],
    examples: ['gantry game set skyforge --title "Skyforge" --tagline "Build above the storm" --access free'],
    run: async ({ api, output, signal }, options, gameId = '') => {
      await ensureGame(api, gameId, options.organisation, signal);
      const current = await api.game({ params: { gameId } }, { signal });
      const profile = changeProfile(current, options);
      let changed = await api.updateGame({ params: { gameId }, body: profile }, { signal });
      for (const picture of await listPictures(options.art)) {
        const { kind, file } = picture;
        changed = await api.putArt({ params: { gameId, kind }, body: await readFile(file) }, { signal });
      }
      output.result(changed, `${changed.title} (${gameId}) is up to date.`);
    },
  });
}

/** Pictures of a folder by the kind their name says; other files are not ours to judge. */
async function listPictures(folder: string | undefined): Promise<{ kind: ArtKind; file: string }[]> {
  if (folder === undefined) return [];
  const names = await readdir(folder);
  return names.flatMap((name) => {
    const kind = artKindSchema.safeParse(parse(name).name);
    return kind.success ? [{ kind: kind.data, file: join(folder, name) }] : [];
  });
}

function changeProfile(current: GameProfile, options: ProfileOptions): GameProfile {
  const tags = options.tags === undefined ? current.tags : options.tags.split(',').map((tag) => tag.trim());
  return {
    title: options.title ?? current.title,
    studio: options.studio ?? current.studio,
    tagline: options.tagline ?? current.tagline,
    description: options.description ?? current.description,
    tags,
    accentColour: options.accentColour ?? current.accentColour,
    access: (options.access as GameProfile['access'] | undefined) ?? current.access,
  };
}

function registerArt(game: Command): void {
  addVerb(game, {
    name: 'art',
    summary: 'upload a picture of a game',
    help: 'Kinds: cover (3:4), hero (21:9), icon, screenshot-1 to screenshot-3. SVG, PNG, WebP or JPEG, up to 4 MiB.',
    arguments: [
      ['<game>', 'the game’s id'],
      ['<kind>', 'what it is'],
      ['<file>', 'the picture'],
    ],
    examples: ['gantry game art skyforge cover ./art/cover.webp'],
    run: async ({ api, output, signal }, _options, gameId = '', kind = '', file = '') => {
      const parsed = artKindSchema.safeParse(kind);
      if (!parsed.success) throw publisherErrors.error('CLI_ART_KIND_UNKNOWN', { kind });
      const changed = await api.putArt(
        { params: { gameId, kind: parsed.data }, body: await readFile(file) },
        { signal },
      );
      output.result(changed, `Uploaded the ${kind} of ${gameId}.`);
    },
  });
}

interface EntitleOptions extends CommonOptions {
  readonly player: string;
}

function registerEntitle(game: Command): void {
  addVerb<EntitleOptions>(game, {
    name: 'entitle',
    summary: 'let a player install a game',
    help: 'For games with access "entitled"; members of your organisation may install anyway.',
    arguments: [['<game>', 'the game’s id']],
    options: [['--player <email>', 'the player’s account', '']],
    examples: ['gantry game entitle skyforge --player finn@example.com'],
    run: async ({ api, output, signal }, options, gameId = '') => {
      await api.entitle({ params: { gameId }, body: { email: options.player } }, { signal });
      output.result({ gameId, player: options.player }, `${options.player} may install ${gameId}.`);
    },
  });
}
