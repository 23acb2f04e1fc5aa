import { defineConfig } from 'vitest/config';

export default defineConfig({
  test: {
    include: ['{spec,model,checker,reports}/**/*.test.ts'],
    pool: 'threads',
    setupFiles: ['vitest.setup.ts'],
    testTimeout: 60_000,
    hookTimeout: 60_000,
    // Node itself loads the sources, as it does for a user: what c8 counts are the lines that stand in the files.
    experimental: { viteModuleRunner: false },
  },
});
