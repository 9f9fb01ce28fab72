import { css, mixColours } from './colour.js';
import { paintDusk } from './dusk.js';
import { features } from './features.js';
import { createGround } from './ground.js';
import { paintLark } from './lark-figure.js';
import { createParticles } from './particles.js';
import { paintScenery } from './scenery.js';
import { createSky } from './sky.js';

/** The picture is composed for this many world pixels of height at normal zoom. */
const frameHeight = 760;

/** Camera, layers and effects: the world as one picture. */
export function createView({ stage, route, pack, plan }) {
  const sky = createSky(pack, plan);
  const ground = createGround(pack, route);
  const particles = createParticles();
  const camera = { x: 0, y: -120, zoom: 0.9, lift: 0, shake: 0 };
  let trail = [];

  function follow(flight, seconds) {
    const { lark } = flight;
    const altitude = Math.max(0, flight.altitude());
    const zoom = Math.max(0.5, 0.98 - altitude / 1500 - flight.speed() / 9000);
    const ease = Math.min(1, seconds * 3);
    camera.zoom += (zoom - camera.zoom) * ease;
    const view = frameHeight / camera.zoom;
    camera.x = lark.x - (view * stage.width) / stage.height / 3.4;
    const wanted = Math.min(lark.y + view * 0.12, -140);
    camera.y += (wanted - camera.y) * ease;
    camera.lift = -camera.y - 140;
    camera.shake *= Math.exp(-seconds * 7);
    if (seconds > 0) trail = [...trail.slice(-46), { x: lark.x, y: lark.y - 16 }];
  }

  function paint({ flight, sparks, now, seconds }) {
    follow(flight, seconds);
    particles.step(seconds);
    const { context, width, height } = stage;
    const scale = (height / frameHeight) * camera.zoom;
    const shown = {
      fromX: camera.x - 60,
      toX: camera.x + width / scale + 60,
      depth: camera.y + height / scale,
    };
    const gap = flight.lark.x - flight.duskX;
    const gloom = Math.max(0, Math.min(0.5, (900 - gap) / 1300));
    const colours = darken(route.coloursAt(flight.lark.x), gloom);
    const { from, to, share } = route.blendAt(flight.lark.x);
    const night = from.night + (to.night - from.night) * share;
    sky.paint(context, { width, height, camera, colours, night: Math.max(night, gloom), now });
    for (const feature of features) feature.paintSky({ context, stage, route, flight, now, camera });
    context.save();
    if (!stage.still)
      context.translate((Math.random() - 0.5) * camera.shake, (Math.random() - 0.5) * camera.shake);
    context.scale(scale, scale);
    context.translate(-camera.x, -camera.y + (height / scale) * 0.56);
    const topY = camera.y - height / scale;
    const bottomY = camera.y + height / scale;
    paintScenery(context, { route, ...shown, now: stage.still ? 0 : now, colours, litLegs: flight.leg });
    ground.paint(context, { ...shown, depth: bottomY, colours, middleX: flight.lark.x });
    paintSparks(context, sparks.near(shown.fromX, shown.toX), colours, now);
    for (const feature of features) feature.paintWorld({ context, route, shown, flight, now });
    paintTrail(context, flight, colours);
    particles.paint(context);
    context.save();
    context.translate(flight.lark.x, flight.lark.y - 16);
    const { tilt, diving } = flight.lark;
    paintLark(context, { tilt, diving, beat: now, lamp: colours.lamp, scale: 1.15 });
    context.restore();
    paintDusk(context, { duskX: flight.duskX, topY, bottomY, now, still: stage.still });
    context.restore();
    if (!stage.still && flight.speed() > 820) paintSpeed(context, width, height, flight.speed(), now);
    paintVignette(context, width, height);
  }

  function paintTrail(context, flight, colours) {
    const bright = Math.min(1, Math.max(0.15, (flight.speed() - 350) / 700));
    context.save();
    context.globalCompositeOperation = 'lighter';
    context.lineCap = 'butt';
    for (let index = 1; index < trail.length; index += 1) {
      const near = index / trail.length;
      context.strokeStyle = css(colours.lamp, near * near * bright * 0.5);
      context.lineWidth = 2 + near * 15 * bright;
      context.beginPath();
      context.moveTo(trail[index - 1].x, trail[index - 1].y);
      context.lineTo(trail[index].x, trail[index].y);
      context.stroke();
    }
    context.restore();
  }

  return {
    paint,
    shake: (amount) => {
      camera.shake = amount;
    },
    burst(at, kind) {
      particles.emit(bursts[kind].count, () => bursts[kind].make(at));
    },
  };
}

const bursts = {
  spark: { count: 9, make: (at) => ({ ...scatter(at, 210), life: 0.5, size: 5, colour: '#ffd68c' }) },
  swoop: {
    count: 22,
    make: (at) => ({
      ...scatter(at, 250),
      vx: 120 + Math.random() * 420,
      life: 0.8,
      size: 5,
      colour: '#fff0c8',
    }),
  },
  dust: {
    count: 14,
    make: (at) => ({
      ...scatter(at, 120),
      vy: -Math.random() * 130,
      life: 0.7,
      size: 9,
      colour: '#f3dfc0',
      glow: false,
      alpha: 0.4,
    }),
  },
  beacon: {
    count: 70,
    make: (at) => ({ ...scatter(at, 560), life: 1.5, size: 8, fall: 160, colour: '#ffcf7a' }),
  },
  ring: { count: 26, make: (at) => ({ ...scatter(at, 340), life: 0.9, size: 6, colour: '#8dffd8' }) },
};

function scatter({ x, y }, speed) {
  const turn = Math.random() * Math.PI * 2;
  const pace = speed * (0.3 + Math.random() * 0.7);
  return { x, y: y - 10, vx: Math.cos(turn) * pace, vy: Math.sin(turn) * pace, drag: 2 };
}

function darken(colours, gloom) {
  if (gloom === 0) return colours;
  const night = [22, 16, 48];
  return Object.fromEntries(
    Object.entries(colours).map(([part, colour]) => [
      part,
      part === 'lamp' ? colour : mixColours(colour, night, gloom),
    ]),
  );
}

function paintSparks(context, sparks, colours, now) {
  context.save();
  for (const { x, y, id } of sparks) {
    const bob = Math.sin(now * 3 + id) * 5;
    const pulse = 1 + 0.15 * Math.sin(now * 6 + id);
    context.globalCompositeOperation = 'lighter';
    const radius = 34 * pulse;
    const glow = context.createRadialGradient(x, y + bob, 4, x, y + bob, radius);
    glow.addColorStop(0, css(colours.lamp, 0.85));
    glow.addColorStop(0.35, css(colours.lamp, 0.28));
    glow.addColorStop(1, css(colours.lamp, 0));
    context.fillStyle = glow;
    context.fillRect(x - radius, y + bob - radius, radius * 2, radius * 2);
    context.globalCompositeOperation = 'source-over';
    context.fillStyle = '#fff3d0';
    disc(context, x, y + bob, 6.5);
  }
  context.restore();
}

function paintSpeed(context, width, height, speed, now) {
  context.strokeStyle = `rgba(255,255,255,${Math.min(0.22, (speed - 820) / 2200)})`;
  context.lineWidth = 2;
  for (let index = 0; index < 16; index += 1) {
    const y = ((index * 0.618) % 1) * height;
    const x = width - ((now * (900 + index * 70) + index * 331) % (width * 1.3));
    context.beginPath();
    context.moveTo(x, y);
    context.lineTo(x + 140 + index * 8, y);
    context.stroke();
  }
}

function paintVignette(context, width, height) {
  const edge = context.createRadialGradient(
    width / 2,
    height / 2,
    height * 0.55,
    width / 2,
    height / 2,
    width * 0.72,
  );
  edge.addColorStop(0, 'rgba(10,6,28,0)');
  edge.addColorStop(1, 'rgba(10,6,28,.42)');
  context.fillStyle = edge;
  context.fillRect(0, 0, width, height);
}

function disc(context, x, y, radius) {
  context.beginPath();
  context.arc(x, y, radius, 0, Math.PI * 2);
  context.fill();
}
