// What a plain Node process is started with to be the patcher: its bundle, where the set-up made one of these very sources.
import { runBundle } from './bundles.mjs';

if (!runBundle('patcher', 'patcher-entry')) await import('./patcher-entry.ts');
