// The test files: all of them, those that use a helper, and the order in which a parallel run starts them.
import { readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';

/**
 * Files that take long, the longest first, by the beginnings of their names: started last they would run while other jobs
 * have nothing left to do.
 */
const LONG = [
  'test/cluster/queue-accidents',
  'test/e2e/durable-kills',
  'test/cluster/',
  'test/scripts/',
  'test/e2e/',
  'test/browser/',
  'test/docs/',
  'test/store/',
  'test/http/',
];

/** @type {typeof import('./test-files.d.mts').findTestFiles} */
export function findTestFiles(root = '.') {
  return readdirSync(path.join(root, 'test'), { recursive: true, encoding: 'utf8' })
    .filter((name) => name.endsWith('.test.ts'))
    .map((name) => path.posix.join('test', ...name.split(path.sep)))
    .sort();
}

/** @type {typeof import('./test-files.d.mts').keepThatImport} */
export function keepThatImport(files, helper, root = '.') {
  const line = new RegExp(`^(?:import|\\}) .*from '[./]*/support/${helper}\\.js';$`, 'm');
  return files.filter((name) => line.test(readFileSync(path.join(root, name), 'utf8')));
}

/** @type {typeof import('./test-files.d.mts').sortByLength} */
export function sortByLength(files) {
  return files.toSorted((a, b) => rank(a) - rank(b));
}

/** @param {string} file */
function rank(file) {
  const index = LONG.findIndex((beginning) => file.startsWith(beginning));
  return index === -1 ? LONG.length : index;
}
