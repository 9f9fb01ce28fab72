import { drawWord } from '../lettering.ts';
import { between, createRandom } from '../random.ts';
import type { Random } from '../random.ts';
import type { SampleArt } from '../sample-game.ts';
import { disc, Picture, peaks, place, polygon, rollingHills, stroke } from '../svg.ts';
import type { Skyline } from '../svg.ts';
import { countries } from './skylark-route.ts';

type Palette = (typeof countries)[number]['palette'];
type Frame = {
  readonly width: number;
  readonly height: number;
  readonly seed: string;
  readonly country: number;
  /** Where the ground begins, as a share of the height. */
  readonly horizon: number;
  readonly lark: { readonly x: number; readonly y: number; readonly scale: number; readonly turn: number };
  readonly beacon: { readonly x: number; readonly scale: number };
  readonly sun: { readonly x: number; readonly y: number; readonly radius: number };
};

/** Skylark's key art: a paper lark with a lamp, a lit beacon, banded hills at dusk. */
export function drawSkylarkArt(): SampleArt {
  return {
    cover: drawCover(),
    hero: drawHero(),
    icon: drawSkylarkIcon(),
    screenshots: [
      drawScreenshot('Gliding over the Amber Downs at sunset', 0, '4,180', 'Amber Downs', 2),
      drawScreenshot('Rings of wind under the northern lights', 1, '12,905', 'Aurora Reach', 4),
      drawScreenshot('Reeds and mills in the Teal Fens', 2, '8,310', 'Teal Fens', 3),
      drawScreenshot('The Violet Heights by starlight', 3, '21,460', 'Violet Heights', 7),
    ],
  };
}

export function drawSkylarkIcon(): string {
  const picture = new Picture(256, 256);
  picture.wash(
    picture.linear([
      [0, '#3f3a8c'],
      [0.55, '#e0707a'],
      [1, '#ffd08a'],
    ]),
  );
  picture.glow(150, 120, 150, '#ffe6ae', 0.9).disc(150, 116, 44, '#fff0cf');
  picture.land((x) => 196 - Math.sin(x / 58) * 26, '#7c3f72');
  picture.land((x) => 222 - Math.sin(x / 44 + 2) * 16, '#4a1f52');
  picture.add(place(132, 150, 1.75, lark('#ffce74'), -16));
  return picture.toSvg('Skylark');
}

function drawCover(): string {
  const picture = paintScene({
    width: 900,
    height: 1200,
    seed: 'cover',
    country: 0,
    horizon: 0.74,
    lark: { x: 400, y: 610, scale: 3.3, turn: -17 },
    beacon: { x: 735, scale: 1.15 },
    sun: { x: 560, y: 560, radius: 150 },
  });
  picture.wash(
    picture.linear([
      [0, '#16103c', 0.7],
      [0.3, '#16103c', 0.1],
      [0.42, '#16103c', 0],
      [0.8, '#16103c', 0],
      [1, '#160a2c', 0.75],
    ]),
  );
  picture.add(
    drawWord('SKYLARK', {
      x: 450,
      y: 262,
      height: 122,
      weight: 12,
      tracking: 26,
      paint: '#fff6e4',
      cap: 'round',
    }),
    stroke('M150 326H388M512 326H750', '#ffcf86', 2.5, 0.85),
    place(450, 326, 0.62, lark('#ffce74')),
  );
  return picture.toSvg('Skylark');
}

function drawHero(): string {
  const picture = paintScene({
    width: 2100,
    height: 900,
    seed: 'hero-5',
    country: 0,
    horizon: 0.66,
    lark: { x: 1130, y: 330, scale: 2.7, turn: -14 },
    beacon: { x: 1720, scale: 1.15 },
    sun: { x: 1420, y: 390, radius: 118 },
  });
  return picture.fadeIntoPage(0.6).toSvg('A paper lark carries a lamp over amber hills towards a lit beacon');
}

function drawScreenshot(
  label: string,
  country: number,
  score: string,
  name: string,
  beacons: number,
): string {
  const picture = paintScene({
    width: 1600,
    height: 900,
    seed: `shot-${country}`,
    country,
    horizon: 0.7,
    lark: { x: 520, y: 380 + country * 26, scale: 1.5, turn: country % 2 === 0 ? -20 : 16 },
    beacon: { x: 1330, scale: 0.95 },
    sun: { x: 1080, y: 330, radius: 76 },
  });
  const face = 'font-family="Inter,Segoe UI,system-ui,sans-serif" fill="#fff8ea"';
  const share = 0.2 + country * 0.2;
  picture.add(
    `<text x="44" y="76" ${face} font-size="50" font-weight="700">${score}</text>`,
    `<text x="1556" y="62" ${face} font-size="26" font-weight="600" text-anchor="end">${name}</text>`,
    `<text x="1556" y="96" ${face} font-size="20" text-anchor="end" opacity=".8">${beacons} beacons lit</text>`,
    stroke('M560 52H1040', '#0a081e', 9, 0.4),
    stroke(`M560 52H${560 + 480 * share}`, '#ffd68c', 5),
    disc(560 + 480 * share, 52, 9, '#fff8ea'),
    disc(1040, 52, 7, '#ffd68c'),
  );
  return picture.toSvg(label);
}

function paintScene(frame: Frame): Picture {
  const { width, height, sun } = frame;
  const random = createRandom(`skylark/art/${frame.seed}`);
  const country = countries[frame.country]!;
  const { palette } = country;
  const picture = new Picture(width, height);
  picture.wash(
    picture.linear([
      [0, palette.skyTop!],
      [0.42, palette.skyMiddle!],
      [0.74, palette.skyLow!],
      [1, palette.skyLow!],
    ]),
  );
  picture.stars(random, country.night > 0.5 ? 130 : 34, height * 0.42);
  if (country.aurora > 0) paintAurora(picture, random);
  picture.glow(sun.x, sun.y, sun.radius * 5.2, palette.sun!, 0.85);
  paintRays(picture, sun, palette.sun!);
  picture
    .disc(sun.x, sun.y, sun.radius * 1.22, palette.sun!, 0.3)
    .disc(sun.x, sun.y, sun.radius, '#fff6e0', 0.95);
  paintClouds(picture, random, palette, frame);
  paintRidges(picture, random, palette, frame);
  const hills = rollingHills(random, {
    base: height * (frame.horizon + 0.03),
    tall: height * 0.13,
    length: width * 0.5,
  });
  const front = rollingHills(random, {
    base: height * (frame.horizon + 0.13),
    tall: height * 0.12,
    length: width * 0.62,
  });
  picture.add(
    place(
      frame.beacon.x,
      hills(frame.beacon.x) + 20,
      frame.beacon.scale * (height / 900),
      beacon(picture, palette),
    ),
  );
  paintHill(picture, hills, palette, height, 0.8);
  paintGrove(picture, random, hills, palette, country.flora, height / 1150);
  paintMist(picture, palette, height * (frame.horizon + 0.02), height * 0.2);
  paintHill(picture, front, palette, height, 1);
  paintGrove(picture, random, front, palette, country.flora, height / 620);
  paintTrail(picture, frame, palette);
  const { lark: at } = frame;
  picture.glow(at.x + 5 * at.scale, at.y + 24 * at.scale, 130 * at.scale, palette.lamp!, 0.85);
  picture.add(place(at.x, at.y, at.scale, lark(palette.lamp!), at.turn));
  return picture;
}

function paintRays(picture: Picture, sun: Frame['sun'], colour: string): void {
  for (let ray = 0; ray < 14; ray += 1) {
    const turn = (ray / 14) * Math.PI * 2 + 0.2;
    const far = sun.radius * 7;
    const half = 0.07 + (ray % 3) * 0.03;
    const points = [
      [sun.x, sun.y],
      [sun.x + Math.cos(turn - half) * far, sun.y + Math.sin(turn - half) * far],
      [sun.x + Math.cos(turn + half) * far, sun.y + Math.sin(turn + half) * far],
    ] as const;
    picture.add(polygon(points, colour, 0.05));
  }
}

function paintAurora(picture: Picture, random: Random): void {
  const { width, height } = picture;
  for (const [colour, level] of [
    ['#5affbe', 0.36],
    ['#46c8ff', 0.3],
    ['#be78ff', 0.24],
  ] as const) {
    const paint = picture.linear([
      [0, colour, 0],
      [0.85, colour, 0.42],
      [1, colour, 0],
    ]);
    const phase = random() * 6;
    for (let x = 0; x < width; x += 16) {
      const fold = Math.sin(x * 0.0042 + phase) + 0.5 * Math.sin(x * 0.011 + phase * 2);
      const rays = 0.5 + 0.5 * Math.sin(x * 0.05 + fold * 5);
      const bottom = height * (level + fold * 0.05);
      const tall = height * 0.3 * (0.5 + 0.5 * rays);
      picture.add(
        `<rect x="${x}" y="${Math.round(bottom - tall)}" width="16" height="${Math.round(tall)}" fill="${paint}" opacity="${(0.35 + rays * 0.55).toFixed(2)}"/>`,
      );
    }
  }
}

function paintClouds(picture: Picture, random: Random, palette: Palette, frame: Frame): void {
  for (let bank = 0; bank < 9; bank += 1) {
    const y = between(random, 0.06, frame.horizon - 0.2);
    picture.cloud(random, {
      x: random() * frame.width,
      y: y * frame.height,
      width: between(random, 0.16, 0.42) * Math.max(frame.width, frame.height) * 0.7,
      colour: bank % 2 === 0 ? '#ffffff' : palette.sun!,
      opacity: between(random, 0.07, 0.2),
    });
  }
}

function paintRidges(picture: Picture, random: Random, palette: Palette, frame: Frame): void {
  const { width, height } = frame;
  for (let layer = 0; layer < 4; layer += 1) {
    const near = layer / 3;
    const base = height * (frame.horizon - 0.1 + near * 0.1);
    const shape =
      layer < 2
        ? peaks(random, {
            width,
            base,
            tall: height * (0.26 - near * 0.12),
            step: width * (0.1 - near * 0.03),
          })
        : rollingHills(random, {
            base: base - height * 0.02,
            tall: height * 0.1,
            length: width * 0.3,
            rough: 0.5,
          });
    const colour = mix(palette.ridgeFar!, palette.ridgeNear!, near);
    picture.land(
      shape,
      picture.linear([
        [0, colour],
        [0.28, mix(colour, palette.skyLow!, 0.42 - near * 0.2)],
        [1, palette.skyLow!],
      ]),
    );
    picture.contour(shape, palette.sun!, 2, 1, 0.22);
  }
}

function paintHill(picture: Picture, hill: Skyline, palette: Palette, height: number, near: number): void {
  const light = mix(palette.bandLight!, palette.ridgeNear!, 0.25);
  picture.land(
    hill,
    picture.linear([
      [0, light],
      [0.4, mix(light, palette.shade!, 0.55)],
      [1, palette.shade!],
    ]),
  );
  for (let band = 0; band < 6; band += 1) {
    const paint = band % 2 === 0 ? palette.bandLight! : palette.shade!;
    picture.contour(
      hill,
      paint,
      height * 0.02 * near,
      height * (0.018 + band * 0.035) * near,
      0.3 - band * 0.03,
    );
  }
  picture.contour(hill, palette.rim!, height * 0.007, 0);
}

function paintGrove(
  picture: Picture,
  random: Random,
  hill: Skyline,
  palette: Palette,
  flora: string,
  scale: number,
): void {
  for (let x = 30; x < picture.width; x += between(random, 60, 190) * scale) {
    if (random() < 0.3) continue;
    picture.add(place(x, hill(x) + 5, scale * between(random, 0.5, 1), plant(flora, palette)));
  }
}

function plant(flora: string, palette: Palette): string[] {
  const { flora: leaf, trunk, rim } = palette as Record<'flora' | 'trunk' | 'rim', string>;
  if (flora === 'round') {
    return [
      polygon(
        [
          [-3, 2],
          [3, 2],
          [2, -50],
          [-2, -50],
        ],
        trunk,
      ),
      disc(-17, -48, 19, leaf),
      disc(17, -46, 18, leaf),
      disc(0, -66, 27, leaf),
      disc(7, -72, 15, rim, 0.25),
    ];
  }
  if (flora === 'pine') {
    const tiers = [0, 1, 2].map((tier) =>
      polygon(
        [
          [-24 + tier * 6, -14 - tier * 26],
          [24 - tier * 6, -14 - tier * 26],
          [0, -64 - tier * 28],
        ],
        leaf,
      ),
    );
    return [
      polygon(
        [
          [-3, 2],
          [3, 2],
          [3, -16],
          [-3, -16],
        ],
        trunk,
      ),
      ...tiers,
    ];
  }
  if (flora === 'reed') {
    return [-3, -2, -1, 0, 1, 2, 3].map((stem) => {
      const top = -34 - (((stem + 3) * 23) % 44);
      return (
        stroke(`M${stem * 7} 2Q${stem * 7} ${top / 2} ${stem * 11} ${top}`, leaf, 3) +
        stroke(`M${stem * 11} ${top}l${stem} -13`, leaf, 7)
      );
    });
  }
  return [
    [-16, -12, 46],
    [0, 4, 96],
    [17, 16, 54],
  ].flatMap(([x = 0, lean = 0, tall = 0]) => [
    polygon(
      [
        [x - 10, 2],
        [x + 10, 2],
        [x + lean + 5, -tall],
        [x + lean - 3, -tall - 12],
      ],
      leaf,
    ),
    polygon(
      [
        [x, 2],
        [x + 10, 2],
        [x + lean + 5, -tall],
      ],
      rim,
      0.5,
    ),
  ]);
}

function paintMist(picture: Picture, palette: Palette, y: number, tall: number): void {
  const paint = picture.linear([
    [0, palette.skyLow!, 0],
    [0.5, palette.skyLow!, 0.38],
    [1, palette.skyLow!, 0],
  ]);
  picture.add(`<rect y="${y}" width="${picture.width}" height="${tall}" fill="${paint}"/>`);
}

function paintTrail(picture: Picture, frame: Frame, palette: Palette): void {
  const { x, y, scale } = frame.lark;
  const sweep = (drop: number) =>
    `M${x - 30 * scale} ${y}C${x - 130 * scale} ${y + 30 * scale + drop} ${x - 190 * scale} ${y + 130 * scale + drop} ${x - 330 * scale} ${y + 96 * scale + drop}`;
  picture.add(
    stroke(sweep(0), palette.lamp!, 13 * scale, 0.12),
    stroke(sweep(0), palette.lamp!, 6 * scale, 0.2),
    stroke(sweep(0), '#fff6dc', 1.6 * scale, 0.7),
  );
  for (let spark = 0; spark < 6; spark += 1) {
    const sx = x + (80 + spark * 44) * scale;
    const sy = y - (34 + Math.sin((spark / 5) * Math.PI) * 34) * scale + spark * 9 * scale;
    if (sx > frame.width - 20) break;
    picture.glow(sx, sy, 24 * scale, palette.lamp!, 0.8).disc(sx, sy, 4.2 * scale, '#fff6dc');
  }
}

/** The paper lark, about 100 units long, looking along +x. */
function lark(lamp: string): string[] {
  return [
    polygon(
      [
        [14, -9],
        [-4, -46],
        [-40, -84],
        [-26, -40],
        [-16, -6],
      ],
      '#aab6d4',
    ),
    polygon(
      [
        [-24, -7],
        [-58, -20],
        [-46, -8],
        [-62, 0],
        [-26, -1],
      ],
      '#efe6d4',
    ),
    polygon(
      [
        [-24, -7],
        [-46, -8],
        [-62, 0],
        [-26, -1],
      ],
      '#cfc3b4',
    ),
    polygon(
      [
        [36, -7],
        [22, -14],
        [8, -14],
        [-22, -8],
        [-30, -1],
        [-8, 7],
        [18, 4],
      ],
      '#fbf5e8',
    ),
    polygon(
      [
        [36, -7],
        [18, 4],
        [-8, 7],
        [-30, -1],
        [2, -2],
      ],
      '#d9cdb8',
    ),
    polygon(
      [
        [36, -7],
        [48, -4],
        [33, -1],
      ],
      '#e8873a',
    ),
    polygon(
      [
        [16, -6],
        [-2, -40],
        [-52, -66],
        [-34, -26],
        [-18, -2],
      ],
      '#fffdf6',
    ),
    polygon(
      [
        [16, -6],
        [-34, -26],
        [-18, -2],
      ],
      '#c9cbe0',
    ),
    polygon(
      [
        [-2, -40],
        [-52, -66],
        [-20, -40],
      ],
      '#e9e6ee',
    ),
    disc(25, -8, 2.3, '#2a2436'),
    stroke('M2 4L5 17', '#3a2c3a', 1.6),
    polygon(
      [
        [-1, 19],
        [11, 19],
        [13, 33],
        [-3, 33],
      ],
      lamp,
    ),
    polygon(
      [
        [2, 22],
        [8, 22],
        [9, 31],
        [1, 31],
      ],
      '#fff6dc',
    ),
    polygon(
      [
        [-3, 16],
        [13, 16],
        [11, 20],
        [-1, 20],
      ],
      '#3a2c3a',
    ),
    polygon(
      [
        [-3, 32],
        [13, 32],
        [11, 36],
        [-1, 36],
      ],
      '#3a2c3a',
    ),
  ];
}

function beacon(picture: Picture, palette: Palette): string[] {
  const { lamp, stone, trunk, shade } = palette as Record<'lamp' | 'stone' | 'trunk' | 'shade', string>;
  const glow = picture.radial([
    [0, lamp, 0.95],
    [0.18, lamp, 0.4],
    [0.5, lamp, 0.12],
    [1, lamp, 0],
  ]);
  const beam = picture.linear(
    [
      [0, lamp, 0],
      [1, lamp, 0.5],
    ],
    0,
  );
  return [
    polygon(
      [
        [0, -226],
        [0, -206],
        [-760, -120],
        [-760, -380],
      ],
      beam,
    ),
    disc(0, -216, 300, glow),
    polygon(
      [
        [-32, 10],
        [32, 10],
        [17, -190],
        [-17, -190],
      ],
      stone,
    ),
    polygon(
      [
        [6, 10],
        [32, 10],
        [17, -190],
        [3, -190],
      ],
      shade,
      0.4,
    ),
    ...[
      [-36, 28],
      [-92, 24],
      [-146, 20.5],
    ].map(([y = 0, half = 0]) =>
      polygon(
        [
          [-half, y],
          [half, y],
          [half - 1.5, y - 18],
          [-half + 1.5, y - 18],
        ],
        trunk,
        0.85,
      ),
    ),
    polygon(
      [
        [-27, -188],
        [27, -188],
        [27, -198],
        [-27, -198],
      ],
      trunk,
    ),
    polygon(
      [
        [-15, -198],
        [15, -198],
        [15, -234],
        [-15, -234],
      ],
      lamp,
    ),
    disc(0, -216, 10, '#fffbe8'),
    polygon(
      [
        [-24, -232],
        [24, -232],
        [0, -264],
      ],
      trunk,
    ),
  ];
}

function mix(from: string, to: string, share: number): string {
  const channel = (hex: string, at: number) => Number.parseInt(hex.slice(at, at + 2), 16);
  const mixed = [1, 3, 5].map((at) =>
    Math.round(channel(from, at) + (channel(to, at) - channel(from, at)) * share),
  );
  return `#${mixed.map((value) => value.toString(16).padStart(2, '0')).join('')}`;
}
