// Mocha's spec reporter, with the titles of all skipped tests at the end, then the line that CI reads. With
// `--reporter-option tally=FILE` it adds the counts and the titles to that file instead, one JSON object per line, for
// scripts/run-mocha.mjs to print.
'use strict';
const { appendFileSync } = require('node:fs');
const { reporters, Runner } = require('mocha');
const { formatEnd } = require('../../scripts/test-tally.cjs');

class Reporter extends reporters.Spec {
  constructor(runner, options) {
    super(runner, options);
    const tally = options?.reporterOptions?.tally;
    const skipped = [];
    runner.on(Runner.constants.EVENT_TEST_PENDING, (test) => skipped.push(test.fullTitle()));
    // Added after Spec's own listener, hence printed below its summary.
    runner.once(Runner.constants.EVENT_RUN_END, () => {
      const counts = { passes: this.stats.passes, failures: this.stats.failures, skipped };
      if (tally === undefined) reporters.Base.consoleLog(formatEnd([counts]));
      else appendFileSync(tally, `${JSON.stringify(counts)}\n`);
    });
  }
}

module.exports = Reporter;
