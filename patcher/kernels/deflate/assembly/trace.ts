/** What was predicted while a stream was described, so that its description can be proved without searching again. */
import {
  alternativeDistance,
  alternativeLength,
  predictedDistance,
  predictedLength,
  setPrediction,
} from './predictor';

/** For each token the prediction and its alternative, as length << 16 | distance. */
let at: usize = 0;
let recalling: bool = false;

export function beginTracing(predictions: usize): void {
  at = predictions;
  recalling = false;
}

export function endTracing(): void {
  at = 0;
  recalling = false;
}

export function beginRecalling(predictions: usize): void {
  at = predictions;
  recalling = true;
}

// @ts-ignore: decorator
@inline
export function isRecalling(): bool {
  return recalling;
}

/** Note the last prediction, if there is a place for it. */
// @ts-ignore: decorator
@inline
export function trace(): void {
  if (at === 0) return;
  store<u32>(at, (predictedLength << 16) | predictedDistance);
  store<u32>(at, (alternativeLength << 16) | alternativeDistance, 4);
  at += 8;
}

/** Predict what was predicted then. */
// @ts-ignore: decorator
@inline
export function recall(): void {
  setPrediction(load<u32>(at), load<u32>(at, 4));
  at += 8;
}
