// Sources are ES modules; inside Jest alone they are compiled to CommonJS, which needs no experimental flag.
const swc = {
  jsc: { parser: { syntax: 'typescript', tsx: true }, target: 'es2022', transform: { react: { runtime: 'automatic' } } },
  module: { type: 'commonjs' },
};
const common = {
  transform: { '^.+\\.tsx?$': ['@swc/jest', swc] },
};

/** @type {import('jest').Config} */
const config = {
  projects: [
    {
      ...common,
      displayName: 'node',
      testEnvironment: 'node',
      testEnvironmentOptions: { customExportConditions: ['parley-source', 'node', 'node-addons'] },
      testMatch: ['<rootDir>/faults/**/*.test.ts', '<rootDir>/packages/*/src/**/*.test.ts', '<rootDir>/packages/*/test/**/*.test.ts', '<rootDir>/packages/server/sim/**/*.test.ts'],
    },
    {
      ...common,
      displayName: 'page',
      testEnvironment: 'jsdom',
      testEnvironmentOptions: { customExportConditions: ['parley-source', 'browser'] },
      testMatch: ['<rootDir>/packages/web-client/src/**/*.test.tsx'],
      setupFilesAfterEnv: ['<rootDir>/packages/web-client/test/act-warnings.ts'],
    },
  ],
};

export default config;
