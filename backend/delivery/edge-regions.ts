/** The regions CloudFront prices separately. `unknown` is an edge whose airport is not in the table. */
export const PRICE_REGIONS = ['us', 'eu', 'za', 'sa', 'jp', 'au', 'ap', 'in'] as const;
export type PriceRegion = (typeof PRICE_REGIONS)[number];
export type EdgeRegion = PriceRegion | 'unknown';

/** Airport codes of points of presence by price region: IATA codes, which `x-edge-location` begins with. */
const AIRPORTS: Readonly<Record<PriceRegion, string>> = {
  us:
    'ATL BOS BNA BUF CLE CLT CMH DEN DFW DTW EWR FTY HIO HIL HOU IAD IAH IND JAX JFK LAS LAX MCI MCO MDW MEX MIA MSP MSY ' +
    'OMA ORD PDX PHL PHX PIT QRO RDU RIC SAN SEA SFO SLC STL TPA YTO YUL YVR YYZ YYC',
  eu:
    'AMS ARN ATH BCN BEG BER BRU BUD CDG CPH DUB DUS FCO FRA GVA HAM HEL IST LHR LIS MAD MAN MRS MUC MXP OSL OTP PMO PRG ' +
    'SOF TLV TXL VIE WAW ZAG ZRH',
  za: 'ADD CAI CPT JNB LOS NBO BAH DXB FJR MCT DOH JED RUH KWI',
  sa: 'ASU BOG EZE FOR GIG GRU LIM POA SCL UIO VCP',
  jp: 'HND KIX NRT',
  au: 'AKL BNE MEL PER SYD',
  ap: 'BKK CGK DAC HAN HKG ICN KUL MNL SGN SIN TPE',
  in: 'AMD BLR BOM CCU DEL HYD MAA PNQ',
};

const REGION_OF: ReadonlyMap<string, PriceRegion> = new Map(
  PRICE_REGIONS.flatMap((region) => AIRPORTS[region].split(' ').map((airport) => [airport, region] as const)),
);

/** The price region of an `x-edge-location` such as `FRA56-P1`. */
export function regionOfEdge(edgeLocation: string): EdgeRegion {
  return REGION_OF.get(edgeLocation.slice(0, 3).toUpperCase()) ?? 'unknown';
}
