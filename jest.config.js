/** Shared by the three test projects: SWC in ESM mode (legacy decorators with metadata, as Nest and TypeORM need). */
const base = {
  modulePathIgnorePatterns: ['<rootDir>/dist/', '<rootDir>/node_modules/.cache/'],
  setupFiles: ['reflect-metadata', '<rootDir>/test/support/property-seed.ts'],
  testEnvironment: 'node',
  extensionsToTreatAsEsm: ['.ts'],
  moduleNameMapper: { '^(\\.{1,2}/.*)\\.js$': '$1' },
  transform: {
    '^.+\\.ts$': [
      '@swc/jest',
      {
        jsc: {
          target: 'es2022',
          parser: { syntax: 'typescript', decorators: true },
          transform: { legacyDecorator: true, decoratorMetadata: true, useDefineForClassFields: false },
        },
        module: { type: 'es6' },
      },
    ],
  },
};

/** Tests that need a PostgreSQL share one server per run. */
const withServer = {
  ...base,
  globalSetup: '<rootDir>/test/support/global-setup.mjs',
  globalTeardown: '<rootDir>/test/support/global-teardown.mjs',
};

export default {
  // Tests with a database mostly wait for it: leaving a core free would be waste.
  maxWorkers: '100%',
  // What a test file leaves in a worker is not all collected: after a hundred files it does little but collect garbage, and tests run into their limits.
  workerIdleMemoryLimit: '1GB',
  // Limits catch what hangs; how fast things are is the benchmarks' business.
  testTimeout: 120_000,
  reporters: ['default', '<rootDir>/test/contract/contract-coverage.mjs'],
  projects: [
    {
      ...base,
      displayName: 'unit',
      testMatch: [
        '<rootDir>/src/**/*.test.ts',
        '<rootDir>/demo/**/*.test.ts',
        '<rootDir>/test/unit/**/*.test.ts',
        '<rootDir>/test/contract/**/*.test.ts',
      ],
    },
    { ...withServer, displayName: 'integration', testMatch: ['<rootDir>/test/integration/**/*.test.ts'] },
    { ...withServer, displayName: 'e2e', testMatch: ['<rootDir>/test/e2e/**/*.test.ts'] },
  ],
};
