// The order in which a parallel run starts the test files.

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

/** @type {typeof import('./test-order.d.mts').sortByLength} */
export function sortByLength(files) {
  return files.toSorted((a, b) => rank(a) - rank(b));
}

/** @param {string} file */
function rank(file) {
  const index = LONG.findIndex((beginning) => file.startsWith(beginning));
  return index === -1 ? LONG.length : index;
}
