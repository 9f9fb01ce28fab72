import { aurora } from './aurora.js';

/** What this build adds to the base game; each may step, paint the sky and paint the world. */
export const features = [aurora];
