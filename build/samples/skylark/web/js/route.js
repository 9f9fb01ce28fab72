import { mixColours, parseColour } from './colour.js';

/** World units between two height samples. */
const sampleStep = 8;
/** World units over which one country's hills turn into the next one's. */
const blendLength = 1100;

/** The way across the cloud sea: legs between beacons, each through one country. */
export function createRoute(plan, pack) {
  const countries = plan.countries.map((country) => ({
    ...country,
    heights: pack.heights(country.track),
    colours: Object.fromEntries(
      Object.entries(country.palette).map(([part, hex]) => [part, parseColour(hex)]),
    ),
  }));

  function countryAt(leg) {
    return countries[leg % countries.length];
  }

  function legAt(x) {
    return Math.max(0, Math.floor(x / plan.legLength));
  }

  /** The two countries seen from `x` and how far the second has taken over. */
  function blendAt(x) {
    const leg = legAt(x);
    const into = (leg + 1) * plan.legLength - x;
    const share = into < blendLength ? smooth(1 - into / blendLength) : 0;
    return { from: countryAt(leg), to: countryAt(leg + 1), share };
  }

  function groundY(x) {
    const { from, to, share } = blendAt(x);
    const here = -heightOf(from, x);
    return share === 0 ? here : here + (-heightOf(to, x) - here) * share;
  }

  return {
    legLength: plan.legLength,
    countries,
    legAt,
    blendAt,
    groundY,
    /** Rise over run; positive runs downhill. */
    slopeAt: (x) => (groundY(x + 12) - groundY(x - 12)) / 24,
    coloursAt(x) {
      const { from, to, share } = blendAt(x);
      if (share === 0) return from.colours;
      return Object.fromEntries(
        Object.keys(from.colours).map((part) => [
          part,
          mixColours(from.colours[part], to.colours[part], share),
        ]),
      );
    },
  };
}

function heightOf(country, x) {
  const at = Math.max(0, x) / sampleStep;
  const index = Math.floor(at);
  const { heights } = country;
  const left = heights[index % heights.length];
  const right = heights[(index + 1) % heights.length];
  return (left + (right - left) * (at - index)) * country.relief;
}

function smooth(t) {
  return t * t * (3 - 2 * t);
}
