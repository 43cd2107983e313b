/** Starts worker threads, from compiled code and from TypeScript. */
import { fileURLToPath } from 'node:url';
import { Worker } from 'node:worker_threads';

/** @param module The thread's module as compiled: `new URL('./x.js', import.meta.url)`. */
export function startThread(module: URL, workerData?: unknown): Worker {
  if (!import.meta.url.endsWith('.ts')) return new Worker(module, { workerData });
  // Tests run TypeScript sources, which a thread cannot load without tsx. As CommonJS it takes half the time.
  const source = fileURLToPath(module).replace(/[.]js$/, '.ts');
  const load = `require('tsx/cjs/api').register(); require(${JSON.stringify(source)});`;
  return new Worker(load, { eval: true, workerData });
}
