/* biome-ignore-all lint: written for engines that know neither const, arrow functions nor templates */
/* biome-ignore-all format: the formatter adds commas after last arguments, which those engines refuse */
// Entry of the npm scripts: node scripts/run.cjs VERB [ARGUMENTS]. Checks Node's version, then hands over.
// ES5 on purpose: a Node too old for this project must still be able to parse this file, or its user reads a
// SyntaxError instead of the sentence below. Tried with Node 6.
'use strict';

var version = process.versions.node;
var major = Number(version.split('.')[0]);
var minor = Number(version.split('.')[1]);

if (major > 20 || (major === 20 && minor >= 19)) {
  require('./tasks.cjs');
} else {
  console.error('ZtoApi needs Node 20.19 or newer; this is v' + version + '. Get it from https://nodejs.org/ .');
  process.exitCode = 1;
}
