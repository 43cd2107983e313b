// Mocha's spec reporter, with the titles of all skipped tests at the end, then the line that CI reads. With
// `--reporter-option tally=FILE` it adds the counts and the titles to that file instead, one JSON object per line, for
// scripts/run-mocha.mjs to print.
'use strict';
const { appendFileSync } = require('node:fs');
const path = require('node:path');
const { reporters, Runner } = require('mocha');
const { formatEnd } = require('../../scripts/test-tally.cjs');

class Reporter extends reporters.Spec {
  constructor(runner, options) {
    super(runner, options);
    const tally = options?.reporterOptions?.tally;
    const skipped = [];
    runner.on(Runner.constants.EVENT_TEST_PENDING, (test) => skipped.push(test.fullTitle()));
    let hasEnded = false;
    const tell = (counts) => {
      if (tally === undefined) reporters.Base.consoleLog(formatEnd([counts]));
      else appendFileSync(tally, `${JSON.stringify(counts)}\n`);
    };
    runner.on(Runner.constants.EVENT_TEST_FAIL, (_, error) => {
      if (error?.file === undefined) return;
      // A file that could not be loaded, or whose process has ended. Mocha tells only the first of them, without the file.
      const file = path.relative('', error.file);
      reporters.Base.consoleLog(`\n${file} has not run to its end: ${error.stack ?? error.message}\n`);
      if (hasEnded) tell({ passes: 0, failures: 1, skipped: [] });
    });
    // Added after Spec's own listener, hence printed below its summary.
    runner.once(Runner.constants.EVENT_RUN_END, () => {
      hasEnded = true;
      tell({ passes: this.stats.passes, failures: this.stats.failures, skipped });
    });
  }
}

module.exports = Reporter;
