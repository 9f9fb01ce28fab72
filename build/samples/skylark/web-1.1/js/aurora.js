import { hash } from './sparks.js';

/** One sky ring hangs in each stretch of this many world pixels, in countries that have an aurora. */
const stretch = 1900;
const reach = 78;
const passed = new Set();

/** Curtains of light over the north, and the rings of wind that hang below them. */
export const aurora = {
  step({ flight, route, view, sounds, toast }) {
    if (flight.seconds < 0.2) passed.clear();
    const { lark } = flight;
    for (const ring of ringsNear(route, lark.x - reach, lark.x + reach)) {
      if (passed.has(ring.id) || Math.hypot(ring.x - lark.x, ring.y - lark.y) > reach) continue;
      passed.add(ring.id);
      flight.boost(260);
      flight.score += 60 * flight.combo;
      view.burst(ring, 'ring');
      sounds.play('ring', { volume: 0.7 });
      toast('Northern wind');
    }
  },

  paintSky({ context, stage, route, flight, now, camera }) {
    const { from, to, share } = route.blendAt(flight.lark.x);
    const strength = (from.aurora ?? 0) * (1 - share) + (to.aurora ?? 0) * share;
    if (strength < 0.02) return;
    context.save();
    context.globalCompositeOperation = 'lighter';
    const time = stage.still ? 0 : now;
    for (const curtain of curtains) paintCurtain(context, stage, curtain, strength, time, camera.x * 0.01);
    context.restore();
  },

  paintWorld({ context, route, shown, now }) {
    context.save();
    context.globalCompositeOperation = 'lighter';
    for (const ring of ringsNear(route, shown.fromX, shown.toX)) {
      if (passed.has(ring.id)) continue;
      const breath = 1 + 0.06 * Math.sin(now * 2.4 + ring.id);
      for (const [width, alpha] of [
        [22, 0.1],
        [11, 0.25],
        [4, 0.95],
      ]) {
        context.strokeStyle = `rgba(141,255,216,${alpha})`;
        context.lineWidth = width;
        context.beginPath();
        context.ellipse(ring.x, ring.y, 30 * breath, 62 * breath, 0, 0, Math.PI * 2);
        context.stroke();
      }
    }
    context.restore();
  },
};

const curtains = [
  { y: 0.34, tall: 0.36, colour: '90,255,190', pace: 0.22, phase: 0, alpha: 0.4 },
  { y: 0.28, tall: 0.32, colour: '70,200,255', pace: 0.17, phase: 2.1, alpha: 0.28 },
  { y: 0.22, tall: 0.3, colour: '190,120,255', pace: 0.13, phase: 4.4, alpha: 0.3 },
];

function paintCurtain(context, { width, height }, curtain, strength, now, shift) {
  // One ray is drawn once and stretched: hundreds of gradients a frame would cost more than the game.
  curtain.ray ??= drawRay(curtain.colour);
  const step = 6;
  for (let x = -step; x < width + step; x += step) {
    const u = x / width + shift * 0.02;
    const fold =
      Math.sin(u * 5 + now * curtain.pace + curtain.phase) +
      0.5 * Math.sin(u * 13 - now * curtain.pace * 1.7);
    const bottom = height * (curtain.y + fold * 0.06);
    const rays = 0.55 + 0.45 * Math.sin(u * 60 + fold * 5 + now * 0.6);
    const top = bottom - height * curtain.tall * (0.6 + 0.4 * rays);
    context.globalAlpha = strength * curtain.alpha * (0.45 + 0.55 * rays);
    context.drawImage(curtain.ray, x, top, step, bottom + 14 - top);
  }
}

function drawRay(colour) {
  const canvas = document.createElement('canvas');
  canvas.width = 1;
  canvas.height = 256;
  const context = canvas.getContext('2d');
  const light = context.createLinearGradient(0, 0, 0, 256);
  light.addColorStop(0, `rgba(${colour},0)`);
  light.addColorStop(0.85, `rgba(${colour},1)`);
  light.addColorStop(1, `rgba(${colour},0)`);
  context.fillStyle = light;
  context.fillRect(0, 0, 1, 256);
  return canvas;
}

function* ringsNear(route, fromX, toX) {
  for (let id = Math.max(1, Math.floor(fromX / stretch) - 1); id * stretch < toX + stretch; id += 1) {
    const x = id * stretch + hash(id * 4.7) * 900;
    const { from, to, share } = route.blendAt(x);
    const there = share > 0.5 ? to : from;
    if (there.aurora && x > fromX - 80 && x < toX + 80)
      yield { id, x, y: route.groundY(x) - 190 - hash(id) * 130 };
  }
}
