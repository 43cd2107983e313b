/** The thread in which answers are held against callers' schemas. Each job ends with one message. */
import { parentPort } from 'node:worker_threads';
import { type CheckJob, runCheck } from './run-check.js';
import { currentThread } from './thread-cpu.js';

parentPort?.postMessage({ thread: currentThread() });
parentPort?.on('message', (job: CheckJob) => parentPort?.postMessage(runCheck(job)));
