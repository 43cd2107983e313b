// How mocha runs. Without a file among its arguments it runs all tests; with one, that file alone.
'use strict';

const namesFile = process.argv.slice(2).some((argument) => /\.test\.ts$|^test\//.test(argument));

module.exports = {
  'node-option': ['import=tsx'],
  reporter: './test/support/reporter.cjs',
  timeout: 10_000,
  'forbid-only': true,
  ...(namesFile ? {} : { spec: ['test/**/*.test.ts'] }),
};
