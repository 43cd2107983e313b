/**
 * How many random cases, rounds or requests a test takes: `few` in `npm test`, `many` in `npm run test:deep`, which runs
 * every file that imports this.
 */
export function samples(few: number, many: number): number {
  return process.env.DEEP_TESTS === 'true' ? many : few;
}
