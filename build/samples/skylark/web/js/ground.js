import { css } from './colour.js';

/** The hills the lark slides on: painted texture, bands that follow the crest, a bright edge. */
export function createGround(pack, route) {
  const textures = new Map(
    route.countries.map((country) => [country.texture, pack.picture(country.texture)]),
  );
  const patterns = new Map();

  function patternOf(context, name) {
    if (!patterns.has(name)) patterns.set(name, context.createPattern(textures.get(name), 'repeat'));
    return patterns.get(name);
  }

  function paint(context, { fromX, toX, depth, colours, middleX }) {
    const { crest, body } = traceHills(route, { fromX, toX, depth });
    context.save();
    context.clip(body);
    const { from, to, share } = route.blendAt(middleX);
    context.fillStyle = patternOf(context, from.texture);
    context.fill(body);
    if (share > 0) {
      context.globalAlpha = share;
      context.fillStyle = patternOf(context, to.texture);
      context.fill(body);
      context.globalAlpha = 1;
    }
    paintBands(context, crest, colours);
    const shade = context.createLinearGradient(0, -260, 0, 420);
    shade.addColorStop(0, css(colours.shade, 0));
    shade.addColorStop(1, css(colours.shade, 0.92));
    context.fillStyle = shade;
    context.fill(body);
    context.restore();
    context.lineJoin = 'round';
    context.strokeStyle = css(colours.rim);
    context.lineWidth = 7;
    context.stroke(crest);
    context.strokeStyle = css(colours.sun, 0.55);
    context.lineWidth = 2;
    context.translate(0, -3);
    context.stroke(crest);
    context.translate(0, 3);
  }

  function paintBands(context, crest, colours) {
    context.save();
    for (let band = 0; band < 6; band += 1) {
      context.translate(0, band === 0 ? 16 : 52);
      context.lineWidth = 30;
      context.strokeStyle =
        band % 2 === 0 ? css(colours.bandLight, 0.42 - band * 0.05) : css(colours.shade, 0.26);
      context.stroke(crest);
    }
    context.restore();
  }

  return { paint };
}

function traceHills(route, { fromX, toX, depth }) {
  const crest = new Path2D();
  const start = Math.floor(fromX / 14) * 14;
  for (let x = start; x <= toX + 14; x += 14) crest.lineTo(x, route.groundY(x));
  const body = new Path2D(crest);
  body.lineTo(toX + 14, depth);
  body.lineTo(start, depth);
  body.closePath();
  return { crest, body };
}
