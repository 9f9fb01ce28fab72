/** `#rrggbb` as three numbers. */
export function parseColour(hex) {
  return [1, 3, 5].map((at) => Number.parseInt(hex.slice(at, at + 2), 16));
}

export function mixColours(from, to, share) {
  return from.map((value, channel) => value + (to[channel] - value) * share);
}

export function css([red, green, blue], alpha = 1) {
  return `rgba(${Math.round(red)},${Math.round(green)},${Math.round(blue)},${alpha})`;
}
