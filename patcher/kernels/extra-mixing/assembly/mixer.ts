import { FINAL_WEIGHTS, INPUTS, LAYER, MIXERS, MIXER_CONTEXTS, MIXER_WEIGHTS } from './layout';
import { squash } from '../../assembly/mixing';

/**
 * Two layers of logistic mixing. Each mixer of the first layer weighs all inputs by a vector that one context chose; the
 * second weighs what they say. Weights are i16 with 14 bits behind the point.
 */
const SELECTED: usize = LAYER + 64;
const VALUES: usize = LAYER;
let finalWeights: usize = 0;
let finalProbability: u32 = 0;

/** How quickly the weights of both layers move: this share, in 512ths, of error times logit. */
const FIRST_RATE: i32 = 280;
const SECOND_RATE: i32 = 40;

const VECTOR_BYTES: usize = INPUTS * 2;

/** Weight of every input to begin with; 16384 is 1. */
const FIRST_WEIGHT: i16 = 1000;

export function resetMixers(): void {
  const first = i16x8.splat(FIRST_WEIGHT);
  const end = MIXER_WEIGHTS + MIXERS * MIXER_CONTEXTS * VECTOR_BYTES;
  for (let at = MIXER_WEIGHTS; at < end; at += 16) v128.store(at, first);
  const equal = i16x8.splat(<i16>(16384 / MIXERS));
  for (let i: usize = 0; i < 256; i++) v128.store(FINAL_WEIGHTS + i * 16, equal);
  v128.store(VALUES, i64x2.splat(0));
}

// @ts-ignore: decorator
@inline
export function selectWeights(mixer: usize, context: u32): void {
  store<u32>(
    SELECTED + (mixer << 2),
    <u32>(MIXER_WEIGHTS + (mixer * MIXER_CONTEXTS + <usize>context) * VECTOR_BYTES),
  );
}

// @ts-ignore: decorator
@inline
function sumLanes(sums: v128): i32 {
  const shifted = i32x4.shr_s(sums, 6);
  const half = i32x4.add(
    shifted,
    i8x16.shuffle(shifted, shifted, 8, 9, 10, 11, 12, 13, 14, 15, 0, 1, 2, 3, 4, 5, 6, 7),
  );
  return (i32x4.extract_lane(half, 0) + i32x4.extract_lane(half, 1)) >> 8;
}

// @ts-ignore: decorator
@inline
function weigh(mixer: usize, first: v128, second: v128, third: v128): void {
  const weights = <usize>load<u32>(SELECTED + (mixer << 2));
  const sums = i32x4.add(
    i32x4.add(
      i32x4.dot_i16x8_s(first, v128.load(weights)),
      i32x4.dot_i16x8_s(second, v128.load(weights, 16)),
    ),
    i32x4.dot_i16x8_s(third, v128.load(weights, 32)),
  );
  store<i16>(VALUES + (mixer << 1), <i16>clampLogit(sumLanes(sums)));
}

/** @returns The logit of the second layer, within ±2047. */
// @ts-ignore: decorator
@inline
export function mix(finalContext: u32, first: v128, second: v128, third: v128): i32 {
  weigh(0, first, second, third);
  weigh(1, first, second, third);
  weigh(2, first, second, third);
  weigh(3, first, second, third);
  finalWeights = FINAL_WEIGHTS + ((<usize>finalContext) << 4);
  const logit = clampLogit(sumLanes(i32x4.dot_i16x8_s(v128.load(VALUES), v128.load(finalWeights))));
  finalProbability = squash(logit);
  return logit;
}

// @ts-ignore: decorator
@inline
function train(weights: usize, input: v128, error: v128): void {
  v128.store(weights, i16x8.add_sat_s(v128.load(weights), i16x8.q15mulr_sat_s(input, error)));
}

// @ts-ignore: decorator
@inline
function errorOf(bit: u32, probability: u32, rate: i32): v128 {
  const error = ((<i32>(bit << 16) - <i32>probability) * rate) >> 9;
  return i16x8.splat(<i16>max<i32>(-32767, min<i32>(32767, error)));
}

// @ts-ignore: decorator
@inline
function trainMixer(mixer: usize, bit: u32, first: v128, second: v128, third: v128): void {
  const weights = <usize>load<u32>(SELECTED + (mixer << 2));
  const error = errorOf(bit, squash(load<i16>(VALUES + (mixer << 1))), FIRST_RATE);
  train(weights, first, error);
  train(weights + 16, second, error);
  train(weights + 32, third, error);
}

// @ts-ignore: decorator
@inline
export function trainMixers(bit: u32, first: v128, second: v128, third: v128): void {
  trainMixer(0, bit, first, second, third);
  trainMixer(1, bit, first, second, third);
  trainMixer(2, bit, first, second, third);
  trainMixer(3, bit, first, second, third);
  train(finalWeights, v128.load(VALUES), errorOf(bit, finalProbability, SECOND_RATE));
}

// @ts-ignore: decorator
@inline
function clampLogit(logit: i32): i32 {
  return max<i32>(-2047, min<i32>(2047, logit));
}
