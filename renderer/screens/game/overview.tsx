import type { LibraryGame } from '../../../preload/contract.ts';
import { formatAgo, formatBytes, formatDay, formatDuration, formatList } from '../../text/format.ts';
import { text } from '../../text/text.ts';
import styles from './overview.module.css';
import { Screenshots } from './screenshots.tsx';

const words = text.game;

export function Overview({ game }: { readonly game: LibraryGame }) {
  return (
    <div className={styles.overview}>
      <div className={styles.story}>
        {game.latest !== null && game.updateAvailable && <WhatsNew build={game.latest} />}
        <p className={styles.tagline}>{game.tagline}</p>
        {game.description.split(/\n{2,}/).map((paragraph) => (
          <p key={paragraph} className={styles.description}>
            {paragraph}
          </p>
        ))}
        {game.art.screenshots.length > 0 && <Screenshots game={game} />}
        {game.latest !== null && !game.updateAvailable && <WhatsNew build={game.latest} />}
      </div>
      <Facts game={game} />
    </div>
  );
}

function WhatsNew({ build }: { readonly build: NonNullable<LibraryGame['latest']> }) {
  const lines = build.notes.split('\n').map((line) => line.replace(/^[-*]\s+/, '').trim());
  const notes = lines.filter((line) => line !== '');
  return (
    <section className={styles.news} aria-labelledby="whats-new">
      <h2 id="whats-new" className={styles.newsTitle}>
        {words.whatsNew({ version: build.version })}
      </h2>
      <time dateTime={build.createdAt} className={styles.date}>
        {formatDay(build.createdAt)}
      </time>
      {notes.length === 0 ? (
        <p>{words.noNotes}</p>
      ) : notes.length === 1 ? (
        <p>{notes[0]}</p>
      ) : (
        <ul className={styles.notes}>
          {notes.map((note) => (
            <li key={note}>{note}</li>
          ))}
        </ul>
      )}
    </section>
  );
}

function Facts({ game }: { readonly game: LibraryGame }) {
  const { install, latest } = game;
  const facts: (readonly [label: string, value: string])[] = [
    [words.studio, game.studio],
    [words.channel, game.channel],
  ];
  if (install.status === 'installed') {
    facts.push(
      [words.installedVersion, install.build.version],
      [words.size, formatBytes(install.sizeBytes)],
      [words.verified, install.verifiedAt === null ? words.notVerified : formatAgo(install.verifiedAt)],
    );
  } else if (latest !== null) {
    facts.push([words.size, formatBytes(latest.sizeBytes)]);
  }
  if (latest !== null)
    facts.push([words.newest, latest.version], [words.released, formatDay(latest.createdAt)]);
  if (game.playSeconds > 0) facts.push([words.playtime, formatDuration(game.playSeconds)]);
  if (game.tags.length > 0) facts.push([words.tags, formatList(game.tags)]);
  return (
    <aside className={styles.facts} aria-label={words.facts}>
      <dl>
        {facts.map(([label, value]) => (
          <div key={label} className={styles.fact}>
            <dt>{label}</dt>
            <dd>{value}</dd>
          </div>
        ))}
      </dl>
    </aside>
  );
}
