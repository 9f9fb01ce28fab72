import { defineConfig } from 'vitest/config';

export default defineConfig({
  test: {
    pool: 'forks',
    maxWorkers: 2,
    projects: [
      {
        test: {
          name: 'node',
          include: ['{patcher,backend,main,preload,build}/**/*.test.ts'],
          // Starts nothing by itself: the first test that needs Postgres does, and this stops it.
          globalSetup: ['backend/testing/shared-postgres.ts'],
          testTimeout: 60_000,
          hookTimeout: 120_000,
        },
      },
      'renderer/vitest.config.ts',
    ],
  },
});
