/** Pictures for the fake games: a sky, a motif and lettering from a few numbers, as SVG in a data address. */

export interface StandInStyle {
  readonly title: string;
  /** Sky top, sky bottom, motif, foreground. */
  readonly palette: readonly [string, string, string, string];
  readonly motif: 'peaks' | 'rings' | 'towers' | 'waves' | 'pines' | 'shards' | 'dunes' | 'grid';
}

const kinds = {
  cover: [600, 800],
  hero: [1680, 720],
  icon: [200, 200],
  shot: [1280, 720],
} as const;

/** @param seed Shifts the motif, so that several pictures of one game differ. */
export function drawStandIn(style: StandInStyle, kind: keyof typeof kinds, seed = 0): string {
  const [width, height] = kinds[kind];
  const [top, bottom, motif, front] = style.palette;
  const random = mulberry(hash(style.title) + seed * 977);
  const moonX = width * (0.55 + random() * 0.3);
  const body = [
    `<defs><linearGradient id="s" x2="0" y2="1"><stop stop-color="${top}"/><stop offset="1" stop-color="${bottom}"/></linearGradient></defs>`,
    `<rect width="${width}" height="${height}" fill="url(#s)"/>`,
    `<circle cx="${moonX}" cy="${height * 0.3}" r="${height * 0.11}" fill="#fff" opacity=".75"/>`,
    layer(style.motif, width, height, 0.52, random, motif, 0.55),
    layer(style.motif, width, height, 0.66, random, motif, 1),
    layer(style.motif, width, height, 0.84, random, front, 1),
    kind === 'cover' ? lettering(style.title, width, height) : '',
  ].join('');
  const svg = `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${width} ${height}" width="${width}" height="${height}">${body}</svg>`;
  return `data:image/svg+xml,${encodeURIComponent(svg)}`;
}

function lettering(title: string, width: number, height: number): string {
  const size = Math.min(92, (width * 1.12) / Math.max(4, title.length));
  return `<text x="${width / 2}" y="${height * 0.2}" text-anchor="middle" font-family="Bricolage Grotesque, DejaVu Sans, sans-serif" font-weight="800" font-size="${size}" letter-spacing="2" fill="#fff">${title.toUpperCase()}</text>`;
}

function layer(
  motif: StandInStyle['motif'],
  width: number,
  height: number,
  level: number,
  random: () => number,
  colour: string,
  opacity: number,
): string {
  const base = height * level;
  const paint = `fill="${colour}" opacity="${opacity}"`;
  const steps = Math.round((width / height) * 7);
  const at = (index: number): number => (index / steps) * width;
  switch (motif) {
    case 'rings':
      return [0, 1, 2]
        .map((index) => {
          const radius = height * (0.22 + 0.14 * index);
          return `<circle cx="${width * (0.3 + level * 0.25)}" cy="${base}" r="${radius}" fill="none" stroke="${colour}" stroke-width="${height * 0.022}" opacity="${opacity * (1 - index * 0.25)}"/>`;
        })
        .join('');
    case 'towers':
      return Array.from({ length: steps }, (_, index) => {
        const top = base - random() * height * 0.24;
        return `<rect x="${at(index)}" y="${top}" width="${(width / steps) * (0.55 + random() * 0.4)}" height="${height - top}" ${paint}/>`;
      }).join('');
    case 'pines':
      return Array.from({ length: steps * 2 }, (_, index) => {
        const x = at(index / 2);
        const tall = height * (0.14 + random() * 0.16);
        return `<path d="M${x} ${base + tall * 0.6}l${tall * 0.22} ${-tall * 1.5} ${tall * 0.22} ${tall * 1.5}V${height}h${-tall * 0.44}z" ${paint}/>`;
      }).join('');
    case 'shards':
      return Array.from({ length: steps }, (_, index) => {
        const x = at(index);
        const tall = height * (0.1 + random() * 0.42);
        return `<path d="M${x} ${height}L${x + width * 0.05} ${base - tall * 0.6}L${x + width * 0.11} ${height}z" ${paint}/>`;
      }).join('');
    case 'grid':
      return Array.from({ length: steps }, (_, index) => {
        const size = height * (0.04 + random() * 0.09);
        return `<rect x="${at(index)}" y="${base - random() * height * 0.25}" width="${size}" height="${size}" rx="${size / 5}" ${paint}/>`;
      }).join('');
    default: {
      const rough = { peaks: 0.22, waves: 0.05, dunes: 0.12 }[motif];
      const points = Array.from(
        { length: steps + 1 },
        (_, index) => [at(index), base - random() * height * rough] as const,
      );
      const line = points.map(([x, y], index) => {
        if (motif === 'peaks' || index === 0) return `L${x} ${y}`;
        const before = points[index - 1] ?? [0, base];
        const half = (before[0] + x) / 2;
        return `C${half} ${before[1]} ${half} ${y} ${x} ${y}`;
      });
      return `<path d="M0 ${height}${line.join('')}L${width} ${height}z" ${paint}/>`;
    }
  }
}

const hash = (text: string): number =>
  Array.from(text).reduce((sum, letter) => (sum * 31 + (letter.codePointAt(0) ?? 0)) | 0, 7);

/** A small seeded generator: the same picture every time. */
function mulberry(seed: number): () => number {
  let state = seed | 0;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4_294_967_296;
  };
}
