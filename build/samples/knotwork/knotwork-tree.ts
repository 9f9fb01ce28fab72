import { pixelEntry, serializePack } from '../pack-file.ts';
import { between, createRandom, pick } from '../random.ts';
import type { SampleVersion } from '../sample-game.ts';
import { SampleTree } from '../sample-tree.ts';
import { hertzOf, Loop } from '../sound.ts';
import { paintWeave } from '../texture.ts';
import { drawKnotworkIcon } from './knotwork-art.ts';

const clothPixels = 768;

/** Knotwork's web build; version 2 brings a second book of levels and velvet instead of linen. */
export async function buildKnotworkTree(version: SampleVersion, seed: string): Promise<SampleTree> {
  const label = version === 1 ? '2.0' : '2.1';
  const banner = `Knotwork ${label} (c) Thimble & Thread`;
  const tree = new SampleTree();
  await tree.folder(`${import.meta.dirname}/../kit`, 'js', banner);
  await tree.folder(`${import.meta.dirname}/web`, '', banner);
  tree.file('data/icon.svg', drawKnotworkIcon());
  tree.file('data/settings.json', serializeSettings(version));
  tree.file('assets.pak', serializePack(packEntries(version, seed)));
  tree.file(
    'levels/book-1.json',
    serializeBook(seed, { title: 'Book of Wool', levels: 40, first: 3, last: 7 }),
  );
  if (version === 2) {
    tree.file(
      'levels/book-2.json',
      serializeBook(seed, { title: 'Book of Gold', levels: 30, first: 7, last: 10 }),
    );
  }
  tree.file('music/loom.wav', composeLoom(seed));
  tree.file(
    version === 1 ? 'pattern-notes.txt' : 'extras/pattern-notes.txt',
    'Begin at a corner: it has the fewest ways to be wrong.\n',
  );
  return tree;
}

function packEntries(version: SampleVersion, seed: string) {
  const linen = pixelEntry(
    'cloth/linen',
    clothPixels,
    paintWeave(`${seed}/linen`, clothPixels, [
      [150, 66, 66],
      [112, 40, 50],
      [78, 24, 38],
      [48, 12, 26],
    ]),
  );
  if (version === 1) return [linen];
  const velvet = pixelEntry(
    'cloth/velvet',
    clothPixels,
    paintWeave(`${seed}/velvet`, clothPixels, [
      [58, 92, 96],
      [32, 64, 72],
      [18, 42, 52],
      [10, 24, 34],
    ]),
  );
  return [velvet, linen];
}

function serializeSettings(version: SampleVersion): string {
  const settings = {
    cloth: version === 1 ? 'cloth/linen' : 'cloth/velvet',
    books: version === 1 ? ['levels/book-1.json'] : ['levels/book-1.json', 'levels/book-2.json'],
    thread: '#c98d6a',
    threadLight: '#f0c9a2',
    gold: '#f2b04a',
    notes: [57, 60, 62, 64, 67, 69, 72].map((note) => Math.round(hertzOf(note) * 100) / 100),
  };
  return `${JSON.stringify(settings, null, 1)}\n`;
}

/** Levels as solved boards of 4-bit tiles, row by row; the game turns them out of place itself. */
function serializeBook(
  seed: string,
  book: { title: string; levels: number; first: number; last: number },
): string {
  const random = createRandom(`${seed}/levels/${book.title}`);
  const levels = Array.from({ length: book.levels }, (_, level) => {
    const size = Math.round(book.first + ((book.last - book.first) * level) / (book.levels - 1));
    return weaveLevel(random, size + (level % 2), size);
  });
  return `${JSON.stringify({ title: book.title, levels })}\n`;
}

function weaveLevel(random: () => number, width: number, height: number) {
  const tiles = Array.from({ length: width * height }, () => 0);
  for (let y = 0; y < height; y += 1) {
    for (let x = 0; x < width; x += 1) {
      const at = y * width + x;
      if (x + 1 < width && random() < 0.64) {
        tiles[at]! |= 2;
        tiles[at + 1]! |= 8;
      }
      if (y + 1 < height && random() < 0.64) {
        tiles[at]! |= 4;
        tiles[at + width]! |= 1;
      }
    }
  }
  return { width, height, tiles };
}

function composeLoom(seed: string): Buffer {
  const random = createRandom(`${seed}/music/loom`);
  const loop = new Loop(36, random);
  for (let bar = 0; bar < 12; bar += 1) {
    const root = [45, 41, 48, 43][bar % 4]!;
    loop.pluck(bar * 3, hertzOf(root), 0.3, 0, 2.6);
    for (let eighth = 0; eighth < 6; eighth += 1) {
      const step = pick(random, [12, 15, 19, 22, 24]);
      loop.pluck(bar * 3 + eighth * 0.5, hertzOf(root + step), 0.14, between(random, -0.5, 0.5), 1.6);
    }
    loop.pad(bar * 3, 4, hertzOf(root + 12), 0.03);
  }
  return loop.toWav();
}
