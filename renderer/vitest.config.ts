import react from '@vitejs/plugin-react';
import { defineConfig } from 'vitest/config';

export default defineConfig({
  root: import.meta.dirname,
  plugins: [react()],
  test: {
    name: 'renderer',
    environment: 'jsdom',
    include: ['**/*.test.ts', '**/*.test.tsx'],
    setupFiles: ['./testing/dom-setup.ts'],
    // Styles are looked at in a real browser; here they would only make every query slow.
    css: false,
    testTimeout: 60_000,
    maxWorkers: 2,
  },
});
