/**
 * Tests that mostly wait, for a lease or a timer: the first starts all of them, and each ends with its own result. They
 * must share nothing.
 */
export function itSideBySide(tests: Readonly<Record<string, () => Promise<void>>>): void {
  const results = new Map<string, Promise<void>>();
  before(() => {
    for (const [title, test] of Object.entries(tests)) {
      const result = test();
      // Its own test tells it, and may not have begun yet.
      result.catch(() => undefined);
      results.set(title, result);
    }
  });
  for (const title of Object.keys(tests)) it(title, () => results.get(title));
  // Also those that a failed hook or `--grep` leaves out.
  after(() => Promise.allSettled(results.values()));
}
