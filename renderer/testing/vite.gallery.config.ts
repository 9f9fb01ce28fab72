import { mergeConfig } from 'vite';
import renderer from '../vite.config.ts';

/** The gallery page, built as the product is; its own folder, so that nothing of it is packaged. */
export default mergeConfig(renderer, {
  // Where `build/samples` art can be put (`art/{game}/cover.svg`, …) to look at the launcher with it.
  publicDir: '../out/sample-art',
  build: {
    outDir: '../out/gallery',
    rollupOptions: { input: 'renderer/testing/gallery.html' },
  },
});
