// Mocha's spec reporter, with every skipped test and its reason at the end, then the line that CI reads.
// A test gives its reason by setting skipReason on itself or on a suite around it, before this.skip().
'use strict';
const { reporters, Runner } = require('mocha');

class Reporter extends reporters.Spec {
  constructor(runner, options) {
    super(runner, options);
    const skipped = [];
    runner.on(Runner.constants.EVENT_TEST_PENDING, (test) => skipped.push(test));
    // Added after Spec's own listener, hence printed below its summary.
    runner.once(Runner.constants.EVENT_RUN_END, () => {
      if (skipped.length > 0) reporters.Base.consoleLog(listSkipped(skipped));
      // Exactly this form, alone on its line, is what CI looks for.
      reporters.Base.consoleLog(`${this.stats.passes} passed, ${this.stats.failures} failed`);
    });
  }
}

function listSkipped(tests) {
  const lines = tests.map((test) => `  - ${test.fullTitle()}: ${findReason(test)}`);
  return [`${tests.length} SKIPPED, so not tested here:`, ...lines, ''].join('\n');
}

function findReason(runnable) {
  if (runnable === undefined) return 'no reason given';
  return runnable.skipReason ?? findReason(runnable.parent);
}

module.exports = Reporter;
