import { defineConfig } from 'vitest/config';

export default defineConfig({
  test: {
    include: ['{patcher,backend,main,preload,build}/**/*.test.ts'],
    exclude: ['**/node_modules/**', '**/out/**'],
    // Starts nothing by itself: the first test that needs Postgres does, and this stops it.
    globalSetup: ['backend/testing/shared-postgres.ts'],
    pool: 'forks',
    maxWorkers: 2,
    testTimeout: 60_000,
    hookTimeout: 120_000,
  },
});
