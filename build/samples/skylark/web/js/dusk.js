/** The night that follows the lark: a wall of dark with a ragged, glowing edge. */
export function paintDusk(context, { duskX, topY, bottomY, now, still }) {
  const edge = (y, phase) =>
    duskX + Math.sin(y * 0.011 + phase) * 46 + Math.sin(y * 0.027 - phase * 1.4) * 22;
  const time = still ? 0 : now;
  for (const [reach, alpha] of [
    [190, 0.22],
    [120, 0.34],
    [55, 0.55],
    [0, 0.96],
  ]) {
    context.fillStyle = `rgba(9,7,22,${alpha})`;
    context.beginPath();
    context.moveTo(duskX - 4000, topY);
    for (let y = topY; y <= bottomY; y += 40) context.lineTo(edge(y, time * 1.6 + reach) + reach, y);
    context.lineTo(duskX - 4000, bottomY);
    context.fill();
  }
  context.save();
  context.globalCompositeOperation = 'lighter';
  context.strokeStyle = 'rgba(140,96,255,.35)';
  context.lineWidth = 6;
  context.beginPath();
  for (let y = topY; y <= bottomY; y += 40) context.lineTo(edge(y, time * 1.6) + 4, y);
  context.stroke();
  context.restore();
}
