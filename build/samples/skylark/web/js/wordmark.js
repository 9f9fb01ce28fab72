/** The title in drawn letters, so it looks the same whatever fonts a machine has. */
const letters = [
  [60, 'M57 17C50 4 40 0 30 0C12 0 3 10 3 24C3 58 60 40 60 75C60 91 48 100 31 100C16 100 5 93 0 80'],
  [66, 'M0 0V100M64 0L0 58M22 40L66 100'],
  [72, 'M0 0L36 50L72 0M36 50V100'],
  [54, 'M0 0V100H54'],
  [78, 'M0 100L39 0L78 100M14 66H64'],
  [64, 'M0 100V0H34A27 27 0 0 1 34 54H0M32 54L64 100'],
  [66, 'M0 0V100M64 0L0 58M22 40L66 100'],
];
const gap = 34;

/** Paint the word centred on `x`, baseline at `y`, letters `height` tall. */
export function paintWordmark(context, x, y, height, colour) {
  const width = letters.reduce((sum, [advance]) => sum + advance + gap, -gap);
  const scale = height / 100;
  context.save();
  context.translate(x - (width * scale) / 2, y - height);
  context.scale(scale, scale);
  context.strokeStyle = colour;
  context.lineWidth = 13;
  context.lineJoin = 'round';
  context.lineCap = 'round';
  for (const [advance, path] of letters) {
    context.stroke(new Path2D(path));
    context.translate(advance + gap, 0);
  }
  context.restore();
}
