/** The thread that checks answers against callers' schemas. It answers each job with one message. */
import { parentPort } from 'node:worker_threads';
import { type CheckJob, runCheck } from './run-check.js';
import { currentThread } from './thread-cpu.js';

parentPort?.postMessage({ thread: currentThread() });
parentPort?.on('message', (job: CheckJob) => parentPort?.postMessage(runCheck(job)));
