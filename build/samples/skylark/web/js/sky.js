import { css, mixColours } from './colour.js';
import { hash } from './sparks.js';

/** Sky, sun, stars, clouds and the far ridges, in that order; everything moves at its own pace. */
export function createSky(pack, plan) {
  const ridge = pack.heights(plan.ridge);
  const clouds = plan.clouds.map((name) => pack.mask(name, [255, 255, 255]));
  let patterns = null;

  function paint(context, { width, height, camera, colours, night, now }) {
    patterns ??= clouds.map((canvas) => context.createPattern(canvas, 'repeat'));
    const sky = context.createLinearGradient(0, 0, 0, height);
    sky.addColorStop(0, css(colours.skyTop));
    sky.addColorStop(0.5, css(colours.skyMiddle));
    sky.addColorStop(0.82, css(colours.skyLow));
    context.fillStyle = sky;
    context.fillRect(0, 0, width, height);
    if (night > 0.02) paintStars(context, width, height, camera, night, now);
    paintSun(context, width, height, colours);
    paintClouds(context, 0, width, height, camera.x * 0.012 + now * 5, 0.34, colours, 1.5);
    paintClouds(context, 1, width, height, camera.x * 0.03 + now * 9, 0.26, colours, 1);
    for (let layer = 0; layer < 4; layer += 1) paintRidge(context, layer, width, height, camera, colours);
  }

  function paintStars(context, width, height, camera, night, now) {
    context.fillStyle = '#fff';
    for (let star = 0; star < 150; star += 1) {
      const drift = camera.x * 0.006;
      const x = (((hash(star) * width * 1.2 - drift) % (width * 1.2)) + width * 1.2) % (width * 1.2);
      const twinkle = 0.6 + 0.4 * Math.sin(now * (1 + hash(star * 5)) * 2 + star);
      context.globalAlpha = night * twinkle * (0.25 + 0.75 * hash(star * 3));
      const size = hash(star * 9) > 0.93 ? 2.6 : 1.3;
      context.fillRect(x, hash(star * 2.3) * height * 0.62, size, size);
    }
    context.globalAlpha = 1;
  }

  function paintSun(context, width, height, colours) {
    const x = width * 0.68;
    const y = height * 0.4;
    const radius = height * 0.085;
    context.save();
    context.globalCompositeOperation = 'lighter';
    const glow = context.createRadialGradient(x, y, radius * 0.6, x, y, height * 0.62);
    glow.addColorStop(0, css(colours.sun, 0.5));
    glow.addColorStop(0.35, css(colours.sun, 0.14));
    glow.addColorStop(1, css(colours.sun, 0));
    context.fillStyle = glow;
    context.fillRect(0, 0, width, height);
    context.restore();
    context.fillStyle = css(mixColours(colours.sun, [255, 255, 255], 0.55));
    context.beginPath();
    context.arc(x, y, radius, 0, Math.PI * 2);
    context.fill();
  }

  function paintClouds(context, layer, width, height, shift, alpha, colours, stretch) {
    const scale = (height / 620) * stretch;
    patterns[layer].setTransform(
      new DOMMatrix().translate(-shift, height * 0.02).scale(scale * 1.5, scale * 0.55),
    );
    context.save();
    context.globalAlpha = alpha;
    context.fillStyle = patterns[layer];
    context.fillRect(0, 0, width, height * 0.8);
    context.globalCompositeOperation = 'source-atop';
    context.restore();
    const haze = context.createLinearGradient(0, height * 0.45, 0, height * 0.8);
    haze.addColorStop(0, css(colours.skyLow, 0));
    haze.addColorStop(1, css(colours.skyLow, 0.55));
    context.fillStyle = haze;
    context.fillRect(0, height * 0.45, width, height * 0.35);
  }

  function paintRidge(context, layer, width, height, camera, colours) {
    const near = layer / 3;
    const pace = 0.03 + layer * 0.055;
    const base = height * (0.66 + near * 0.16) - camera.lift * (0.02 + near * 0.06);
    const tall = height * (0.3 - near * 0.06);
    const zoom = 2.4 - near * 1.1;
    context.fillStyle = css(mixColours(colours.ridgeFar, colours.ridgeNear, near));
    context.beginPath();
    context.moveTo(0, height);
    for (let x = 0; x <= width + 8; x += 8) {
      const at = ((x + camera.x * pace) / zoom + layer * 1733) % ridge.length;
      const index = Math.floor(at);
      const low = ridge[index];
      const h = low + (ridge[(index + 1) % ridge.length] - low) * (at - index);
      context.lineTo(x, base - h * tall);
    }
    context.lineTo(width, height);
    context.fill();
    const mist = context.createLinearGradient(0, base - tall * 0.7, 0, base + height * 0.14);
    mist.addColorStop(0, css(colours.skyLow, 0));
    mist.addColorStop(1, css(colours.skyLow, 0.62 - near * 0.25));
    context.fillStyle = mist;
    context.fillRect(0, base - tall, width, height);
  }

  return { paint };
}
