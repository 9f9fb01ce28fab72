import { consume, list, peek } from './ans';
import {

  HASHED_SLOT_BITS,
  ORDER1,
  ORDER2,
  ORDER3,
  SCRATCH,
  SPARSE,
  
  WEIGHTS,
  
} from './layout';
import { confidenceOf, findSymbol, learn, priceOf, SLOT_BYTES } from './nibble-model';

/**
 * A literal is two nibbles, the high one first. Each is coded by a mixture of four slots: by the byte before, the
 * two before, the three before, and by the bytes one stride back.
 * @see docs/formats/extra-coding.md#literals
 */
const WEIGHT_MIN: i32 = 512;
const WEIGHT_MAX: i32 = 32767 - 512;
const MIXED: usize = SCRATCH;
const INPUT1: usize = SCRATCH + 64;
const INPUT2: usize = SCRATCH + 128;
const INPUT3: usize = SCRATCH + 192;
const INPUT4: usize = SCRATCH + 256;
const MIXED2: usize = SCRATCH + 320;
const MIXED3: usize = SCRATCH + 384;

let hash2: u32 = 0;
let hash3: u32 = 0;
let hash4: u32 = 0;
let base1: usize = 0;
let slot1: usize = 0;
let slot2: usize = 0;
let slot3: usize = 0;
let slot4: usize = 0;
let weight2: usize = 0;
let weight3: usize = 0;
let weight4: usize = 0;

/** How fast weights learn. */
const WEIGHT_RATE: f32 = 400;

export function resetWeights(): void {
  for (let i: usize = 0; i < 3 * 512; i++) store<i32>(WEIGHTS + (i << 2), 12000);
}

/** Set the contexts of the literal at an address. At least `stride`, and 4, bytes lie before it. */
// @ts-ignore: decorator
@inline
export function setContexts(at: usize, position: u32, stride: u32): void {
  const before = load<u32>(at - 4);
  base1 = ORDER1 + <usize>(before >> 24) * (17 * SLOT_BYTES);
  hash2 = (before >> 16) * 0x9e3779b1;
  hash3 = ((before >> 8) ^ 0x5bd1e995) * 0x85ebca6b;
  if (stride) {
    const above = <u32>load<u8>(at - stride);
    hash4 = (above | ((position % stride) << 8) ) * 0xc2b2ae35;
  } else {
    hash4 = before * 0xc2b2ae35;
  }
}

// @ts-ignore: decorator
@inline
function setSlots(node: u32): void {
  slot1 = base1 + (node << 5);
  const spread = node * 0x2545f491;
  slot2 = ORDER2 + (((hash2 + spread) >> (32 - HASHED_SLOT_BITS)) << 5);
  slot3 = ORDER3 + (((hash3 + spread) >> (32 - HASHED_SLOT_BITS)) << 5);
  slot4 = SPARSE + (((hash4 + spread) >> (32 - HASHED_SLOT_BITS)) << 5);
}

// @ts-ignore: decorator
@inline
function mixSlots(low: u32): void {
  const group = low << 8;
  const b2 = confidenceOf(slot2);
  const b3 = confidenceOf(slot3);
  const b4 = confidenceOf(slot4);
  weight2 = WEIGHTS + ((group | (b2 << 4)) << 2);
  weight3 = WEIGHTS + 2048 + ((group | (b3 << 4) | b2) << 2);
  weight4 = WEIGHTS + 4096 + ((group | (b4 << 4) | b3) << 2);
  const l1 = i16x8.replace_lane(v128.load(slot1), 0, 0);
  const h1 = v128.load(slot1, 16);
  const l2 = i16x8.replace_lane(v128.load(slot2), 0, 0);
  const h2 = v128.load(slot2, 16);
  const l3 = i16x8.replace_lane(v128.load(slot3), 0, 0);
  const h3 = v128.load(slot3, 16);
  const l4 = i16x8.replace_lane(v128.load(slot4), 0, 0);
  const h4 = v128.load(slot4, 16);
  v128.store(INPUT1, l1);
  v128.store(INPUT1, h1, 16);
  v128.store(INPUT2, l2);
  v128.store(INPUT2, h2, 16);
  v128.store(INPUT3, l3);
  v128.store(INPUT3, h3, 16);
  v128.store(INPUT4, l4);
  v128.store(INPUT4, h4, 16);
  const w2 = i16x8.splat(<i16>load<i32>(weight2));
  const w3 = i16x8.splat(<i16>load<i32>(weight3));
  const w4 = i16x8.splat(<i16>load<i32>(weight4));
  const ml2 = i16x8.add(l1, i16x8.q15mulr_sat_s(i16x8.sub(l2, l1), w2));
  const mh2 = i16x8.add(h1, i16x8.q15mulr_sat_s(i16x8.sub(h2, h1), w2));
  const ml3 = i16x8.add(ml2, i16x8.q15mulr_sat_s(i16x8.sub(l3, ml2), w3));
  const mh3 = i16x8.add(mh2, i16x8.q15mulr_sat_s(i16x8.sub(h3, mh2), w3));
  const ml = i16x8.add(ml3, i16x8.q15mulr_sat_s(i16x8.sub(l4, ml3), w4));
  const mh = i16x8.add(mh3, i16x8.q15mulr_sat_s(i16x8.sub(h4, mh3), w4));
  v128.store(MIXED2, ml2);
  v128.store(MIXED2, mh2, 16);
  v128.store(MIXED3, ml3);
  v128.store(MIXED3, mh3, 16);
  v128.store(MIXED, ml);
  v128.store(MIXED, mh, 16);
}

// @ts-ignore: decorator
@inline
function widthAt(input: usize, symbol: u32): i32 {
  const at = input + (symbol << 1);
  return <i32>load<u16>(at, 2) - <i32>load<u16>(at);
}

// @ts-ignore: decorator
@inline
function moveWeight(weight: usize, difference: i32, mixed: i32): void {
  const step = <i32>((<f32>difference / <f32>mixed) * WEIGHT_RATE);
  store<i32>(weight, min<i32>(WEIGHT_MAX, max<i32>(WEIGHT_MIN, load<i32>(weight) + step)));
}

// @ts-ignore: decorator
@inline
function learnAll(symbol: u32, frequency: u32): void {
  const p1 = widthAt(INPUT1, symbol);
  const p2 = widthAt(INPUT2, symbol);
  const p3 = widthAt(INPUT3, symbol);
  const p4 = widthAt(INPUT4, symbol);
  const m2 = widthAt(MIXED2, symbol);
  const m3 = widthAt(MIXED3, symbol);
  moveWeight(weight2, p2 - p1, m2);
  moveWeight(weight3, p3 - m2, m3);
  moveWeight(weight4, p4 - m3, <i32>frequency);
  learn(slot1, symbol);
  learn(slot2, symbol);
  learn(slot3, symbol);
  learn(slot4, symbol);
}

// @ts-ignore: decorator
@inline
function decodeMixed(): u32 {
  const symbol = findSymbol(v128.load(MIXED), v128.load(MIXED, 16), peek());
  const from = <u32>load<u16>(MIXED + (symbol << 1));
  const frequency = <u32>load<u16>(MIXED + (symbol << 1), 2) - from;
  consume(from, frequency);
  learnAll(symbol, frequency);
  return symbol;
}

// @ts-ignore: decorator
@inline
function encodeMixed(symbol: u32): void {
  const from = <u32>load<u16>(MIXED + (symbol << 1));
  const frequency = <u32>load<u16>(MIXED + (symbol << 1), 2) - from;
  list(from, frequency);
  learnAll(symbol, frequency);
}

export function decodeLiteral(at: usize, position: u32, stride: u32): u32 {
  setContexts(at, position, stride);
  setSlots(0);
  mixSlots(0);
  const high = decodeMixed();
  setSlots(high + 1);
  mixSlots(1);
  return (high << 4) | decodeMixed();
}

export function encodeLiteral(at: usize, position: u32, stride: u32): void {
  const byte = <u32>load<u8>(at);
  setContexts(at, position, stride);
  setSlots(0);
  mixSlots(0);
  encodeMixed(byte >> 4);
  setSlots((byte >> 4) + 1);
  mixSlots(1);
  encodeMixed(byte & 15);
}

/** In 1/64 bit, as the models are now. */
export function priceLiteral(at: usize, position: u32, stride: u32): u32 {
  const byte = <u32>load<u8>(at);
  setContexts(at, position, stride);
  setSlots(0);
  mixSlots(0);
  const high = priceOf(<u32>widthAt(MIXED, byte >> 4));
  setSlots((byte >> 4) + 1);
  mixSlots(1);
  return high + priceOf(<u32>widthAt(MIXED, byte & 15));
}
