/** Starts worker threads, from compiled code and from TypeScript. */
import { Worker } from 'node:worker_threads';

/** @param module The thread's module as compiled: `new URL('./x.js', import.meta.url)`. */
export function startThread(module: URL, workerData?: unknown): Worker {
  if (!import.meta.url.endsWith('.ts')) return new Worker(module, { workerData });
  // Tests run TypeScript sources, which a thread cannot load without tsx.
  const source = module.href.replace(/[.]js$/, '.ts');
  const load = `import('tsx/esm/api').then(({ register }) => { register(); return import('${source}'); })`;
  return new Worker(load, { eval: true, workerData });
}
