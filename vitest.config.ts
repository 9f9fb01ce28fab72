import { defineConfig } from 'vitest/config';

export default defineConfig({
  test: {
    include: ['{patcher,backend,main,preload,build}/**/*.test.ts'],
    exclude: ['**/node_modules/**', '**/out/**'],
    pool: 'forks',
    maxWorkers: 2,
    testTimeout: 60_000,
    hookTimeout: 120_000,
  },
});
