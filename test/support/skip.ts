/**
 * Skips the test that calls it, or from a hook the suite of that hook, and says why in its title: titles are what a
 * test's process tells the reporter.
 */
export function skip(context: Mocha.Context, reason: string): never {
  const runnable = context.test as (Mocha.Runnable & { type: 'hook' | 'test' }) | undefined;
  const skipped = runnable?.type === 'hook' ? runnable.parent : runnable;
  if (skipped !== undefined) skipped.title += ` [${reason}]`;
  return context.skip();
}
