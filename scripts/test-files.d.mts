/** All files of `npm test`, by their paths in the project, with forward slashes. */
export function findTestFiles(root?: string): string[];
/** Keeps the files that import `test/support/HELPER.ts`. */
export function keepThatImport(files: readonly string[], helper: string, root?: string): string[];
/** Puts the test files that take long first; the others stay in their order. */
export function sortByLength(files: readonly string[]): string[];
