import { between } from './random.ts';
import type { Random } from './random.ts';

/** Stops of a gradient: position 0–1, colour, opacity 0–1. */
export type Stop = readonly [at: number, colour: string, opacity?: number];

/** Height of a skyline above x; y grows downwards. */
export type Skyline = (x: number) => number;

/** A picture being composed: shapes in order, paints on the side. */
export class Picture {
  readonly width: number;
  readonly height: number;
  private readonly paints: string[] = [];
  private readonly shapes: string[] = [];

  constructor(width: number, height: number) {
    this.width = width;
    this.height = height;
  }

  /** A gradient from top to bottom of what it fills, or along `turn` degrees; returns the paint. */
  linear(stops: readonly Stop[], turn = 90): string {
    const id = `p${this.paints.length}`;
    const angle = (turn * Math.PI) / 180;
    const x = round(Math.abs(Math.cos(angle)));
    const y = round(Math.abs(Math.sin(angle)));
    this.paints.push(`<linearGradient id="${id}" x2="${x}" y2="${y}">${stopTags(stops)}</linearGradient>`);
    return `url(#${id})`;
  }

  radial(stops: readonly Stop[]): string {
    const id = `p${this.paints.length}`;
    this.paints.push(`<radialGradient id="${id}">${stopTags(stops)}</radialGradient>`);
    return `url(#${id})`;
  }

  add(...shapes: readonly string[]): this {
    this.shapes.push(...shapes);
    return this;
  }

  /** The whole picture in one paint. */
  wash(paint: string, opacity = 1): this {
    return this.add(`<rect width="${this.width}" height="${this.height}" fill="${paint}"${fade(opacity)}/>`);
  }

  disc(x: number, y: number, radius: number, paint: string, opacity = 1): this {
    return this.add(disc(x, y, radius, paint, opacity));
  }

  /** A soft light without a filter. */
  glow(x: number, y: number, radius: number, colour: string, opacity = 1): this {
    const paint = this.radial([
      [0, colour, opacity],
      [0.25, colour, opacity * 0.45],
      [0.6, colour, opacity * 0.11],
      [1, colour, 0],
    ]);
    return this.disc(x, y, radius, paint);
  }

  /** Everything below a skyline. */
  land(skyline: Skyline, paint: string, opacity = 1): this {
    const outline = traceSkyline(skyline, this.width);
    return this.add(
      `<path d="${outline}L${this.width + 20} ${this.height + 20}L-20 ${this.height + 20}Z" fill="${paint}"${fade(opacity)}/>`,
    );
  }

  /** A line along a skyline, `drop` below it. */
  contour(skyline: Skyline, paint: string, thickness: number, drop = 0, opacity = 1): this {
    const outline = traceSkyline((x) => skyline(x) + drop, this.width);
    return this.add(
      `<path d="${outline}" fill="none" stroke="${paint}" stroke-width="${thickness}"${fade(opacity)}/>`,
    );
  }

  stars(random: Random, count: number, bottom: number, colour = '#fff'): this {
    for (let star = 0; star < count; star += 1) {
      const y = random() ** 1.4 * bottom;
      const radius = random() > 0.94 ? between(random, 1.8, 2.8) : between(random, 0.6, 1.5);
      this.disc(
        random() * this.width,
        y,
        radius,
        colour,
        between(random, 0.25, 0.95) * (1 - (y / bottom) * 0.7),
      );
    }
    return this;
  }

  /** A flat bank of cloud made of rounded strokes. */
  cloud(random: Random, at: { x: number; y: number; width: number; colour: string; opacity: number }): this {
    const lines: string[] = [];
    const rows = 4 + Math.floor(random() * 3);
    const thick = at.width * 0.045;
    for (let row = 0; row < rows; row += 1) {
      const share = Math.sin(((row + 1) / (rows + 1)) * Math.PI);
      const half = at.width * 0.5 * share * between(random, 0.55, 1);
      const middle = at.x + between(random, -0.16, 0.16) * at.width;
      const y = round(at.y + row * thick * 0.82);
      lines.push(`M${round(middle - half)} ${y}H${round(middle + half)}`);
    }
    return this.add(
      `<path d="${lines.join('')}" stroke="${at.colour}" stroke-width="${round(thick)}" stroke-linecap="round"${fade(at.opacity)}/>`,
    );
  }

  /** Darken towards the launcher's page at the bottom, so that the picture ends in it. */
  fadeIntoPage(from = 0.45): this {
    return this.wash(
      this.linear([
        [0, '#0B0E14', 0],
        [from, '#0B0E14', 0],
        [from + (1 - from) * 0.55, '#0B0E14', 0.62],
        [0.985, '#0B0E14', 1],
        [1, '#0B0E14', 1],
      ]),
    );
  }

  toSvg(label: string): string {
    return (
      `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${this.width} ${this.height}" ` +
      `width="${this.width}" height="${this.height}" role="img"><title>${label}</title>` +
      `<defs>${this.paints.join('')}</defs>${this.shapes.join('')}</svg>\n`
    );
  }
}

/** Rolling hills: a few waves of random length on top of one another. */
export function rollingHills(
  random: Random,
  shape: { base: number; tall: number; length: number; rough?: number },
): Skyline {
  const waves = Array.from({ length: 4 }, (_, index) => ({
    length: (shape.length / (1 + index * 0.85)) * between(random, 0.85, 1.15),
    tall: (shape.tall / (1 + index * (2.4 - (shape.rough ?? 0) * 2))) * between(random, 0.7, 1),
    phase: random() * Math.PI * 2,
  }));
  return (x) =>
    waves.reduce(
      (y, wave) => y + Math.sin((x / wave.length) * Math.PI * 2 + wave.phase) * wave.tall * 0.5,
      shape.base,
    );
}

/** Sharp mountains: straight flanks between random summits. */
export function peaks(
  random: Random,
  shape: { width: number; base: number; tall: number; step: number },
): Skyline {
  const count = Math.ceil(shape.width / shape.step) + 4;
  const tops = Array.from(
    { length: count },
    (_, index) =>
      shape.base - (index % 2 === 0 ? between(random, 0.55, 1) : between(random, 0.05, 0.35)) * shape.tall,
  );
  return (x) => {
    const at = Math.max(0, x / shape.step + 1);
    const index = Math.floor(at);
    const left = tops[index % count]!;
    const share = at - index;
    return left + (tops[(index + 1) % count]! - left) * share + Math.sin(x * 0.09) * shape.tall * 0.02;
  };
}

export function disc(x: number, y: number, radius: number, paint: string, opacity = 1): string {
  return `<circle cx="${round(x)}" cy="${round(y)}" r="${round(radius)}" fill="${paint}"${fade(opacity)}/>`;
}

export function polygon(points: readonly (readonly [number, number])[], paint: string, opacity = 1): string {
  const list = points.map(([x, y]) => `${round(x)} ${round(y)}`).join('L');
  return `<path d="M${list}Z" fill="${paint}"${fade(opacity)}/>`;
}

export function stroke(path: string, paint: string, thickness: number, opacity = 1): string {
  return `<path d="${path}" fill="none" stroke="${paint}" stroke-width="${round(thickness)}" stroke-linecap="round" stroke-linejoin="round"${fade(opacity)}/>`;
}

export function place(x: number, y: number, scale: number, shapes: readonly string[], turn = 0): string {
  const spin = turn === 0 ? '' : ` rotate(${round(turn)})`;
  return `<g transform="translate(${round(x)} ${round(y)}) scale(${round(scale)})${spin}">${shapes.join('')}</g>`;
}

export function round(value: number): number {
  return Math.round(value * 100) / 100;
}

function traceSkyline(skyline: Skyline, width: number): string {
  const points: string[] = [];
  for (let x = -20; x <= width + 20; x += 10) points.push(`${x} ${Math.round(skyline(x) * 10) / 10}`);
  return `M${points.join('L')}`;
}

function stopTags(stops: readonly Stop[]): string {
  return stops
    .map(([at, colour, opacity = 1]) => {
      const alpha = opacity === 1 ? '' : ` stop-opacity="${round(opacity)}"`;
      return `<stop offset="${round(at)}" stop-color="${colour}"${alpha}/>`;
    })
    .join('');
}

function fade(opacity: number): string {
  return opacity === 1 ? '' : ` opacity="${round(opacity)}"`;
}
