// Wakes the load generator at each arrival. Timers of Node know whole milliseconds only: arrivals of one millisecond would
// come as a burst, and queue. A thread that waits with Atomics needs no whole milliseconds, and burns no core.
import { parentPort, workerData } from 'node:worker_threads';

const { times, startAt } = workerData;
const nobodyWakesThis = new Int32Array(new SharedArrayBuffer(4));
for (const [index, time] of times.entries()) {
  const wait = startAt + time - (performance.timeOrigin + performance.now());
  if (wait > 0) Atomics.wait(nobodyWakesThis, 0, 0, wait);
  parentPort.postMessage(index);
}
