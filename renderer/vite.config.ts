import react from '@vitejs/plugin-react';
import { defineConfig } from 'vite';

/** The renderer's own build: static files that Electron serves over `app://` and the browser host over loopback. */
export default defineConfig({
  root: import.meta.dirname,
  base: './',
  plugins: [react()],
  build: {
    outDir: '../out/renderer',
    emptyOutDir: true,
    target: 'chrome140',
    // No `data:` URIs: the content security policy allows images and fonts from 'self' only.
    assetsInlineLimit: 0,
    modulePreload: { polyfill: false },
  },
});
