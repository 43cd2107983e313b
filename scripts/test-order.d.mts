/** Puts the test files that take long first; the others stay in their order. */
export function sortByLength(files: readonly string[]): string[];
