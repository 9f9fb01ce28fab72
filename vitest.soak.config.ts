import { defineConfig } from 'vitest/config';

/** The long variants, `*.soak.ts`, one file at a time: they measure nothing but want the machine. */
export default defineConfig({
  test: {
    include: ['{patcher,backend,main}/**/*.soak.ts'],
    globalSetup: ['backend/testing/shared-postgres.ts'],
    pool: 'forks',
    maxWorkers: 1,
    testTimeout: 3_600_000,
    hookTimeout: 120_000,
  },
});
