/**
 * What got does not offer and the gateway changes nevertheless, by got's own names. package.json pins got to one exact version;
 * after another was installed, run the three tests below and read got's `dist/source/core/{index,options}.js` again.
 *
 * - `useFewOptions`: 4 % less CPU for an answer of 50 events on Node 24, 7 % on Node 20 (ARCHITECTURE.md, Speed).
 * - `releaseReferences`: 9 % less on Node 24, 13 % on Node 20; 7 kB and 32 kB less memory for each of 5,000 open streams.
 *
 * test/upstream/transport/got-internals.test.ts fails where a name is gone, response-body.test.ts beside it where something
 * of a request outlives it, and test/speed/young-objects.test.ts where requests leave objects behind.
 */
import type { HandlerFunction, Options, Request } from 'got';

/**
 * A got handler. got hands Node some thirty options, all but these at their defaults. Node 20 takes 20 kB to build that object,
 * which survive the next collections of young objects, and every Node copies it three times.
 */
export const useFewOptions: HandlerFunction = (options, next) => {
  // The same function for every request: V8 puts functions that are assigned to properties among the old objects.
  options.createNativeRequestOptions = createFewOptions;
  return next(options);
};

function createFewOptions(this: Options) {
  const { method, headers, url, agent } = this;
  const isTls = url instanceof URL && url.protocol === 'https:';
  const few = { method, headers, agent: isTls ? agent.https : agent.http };
  return few as ReturnType<Options['createNativeRequestOptions']>;
}

/**
 * Lets go of all that a finished request refers to. Node 24 gives every stream a function of its own (`WritableState.onwrite`),
 * which V8 puts among the old objects, so the stream and whatever it refers to survive: 15 kB a request, and pauses of 10 to
 * 20 ms three times a second.
 */
export function releaseReferences(request: Request): void {
  request.removeAllListeners();
  Object.assign(request, RELEASED);
}

/** Members of got's `Request`. Where got may still look at one, it is not `undefined`. */
export const RELEASED = {
  options: {},
  response: undefined,
  _nativeResponse: undefined,
  _request: { destroyed: true },
  _cancelTimeouts: undefined,
  _unproxyEvents: undefined,
};
