/** Tests run without a browser; a real JupyterLab is driven by tests/browser of the repository. */
module.exports = {
  testEnvironment: 'jsdom',
  roots: ['<rootDir>/test'],
  testMatch: ['**/*.test.{ts,tsx}'],
  setupFiles: ['<rootDir>/test/setup.ts'],
  maxWorkers: 2,
  restoreMocks: true,
  transform: {
    '\\.[jt]sx?$': [
      '@swc/jest',
      {
        jsc: {
          parser: { syntax: 'typescript', tsx: true },
          target: 'es2022',
          transform: { react: { runtime: 'automatic' } }
        },
        module: { type: 'commonjs' }
      }
    ]
  },
  // Jupyter's packages are ES modules: they are transformed like our own.
  transformIgnorePatterns: [
    '/node_modules/(?!(@jupyter|@jupyterlab|@jupyter-widgets|@lumino|@microsoft|@rjsf|exenv-es6|nanoid|lib0|y-protocols|yjs|color|color-name|color-string|color-convert|colors)/)'
  ],
  moduleNameMapper: {
    // As in what is built.
    '^react/jsx-runtime$': '<rootDir>/src/jsx.ts',
    '\\.css$': '<rootDir>/test/empty.ts',
    '\\.svg$': '<rootDir>/test/svg.ts'
  }
};
