import { createHook } from 'node:async_hooks';
import { type EventEmitter, getEventListeners } from 'node:events';
import { expect } from 'chai';
import { nextAsking, nextLeaving, StreamClient, useSteps } from './support.js';
import { delta, FORM_NAMES } from './upstream.js';

const READS = 400;
/** Timers of heartbeat and statistics start and end meanwhile; one timer per read would be hundreds. */
const BACKGROUND_TIMERS = 20;

for (const form of FORM_NAMES) {
  describe(`One stream of ${READS} reads, with the ${form} upstream`, () => {
    const parts = useSteps(form);
    const signals = watchSignals();
    const timers = watchTimers();
    const warnings: string[] = [];
    const onWarning = ({ name, message }: Error) => {
      if (name === 'MaxListenersExceededWarning') warnings.push(message);
    };
    before(() => process.on('warning', onWarning));
    after(() => process.off('warning', onWarning));

    it('adds neither listeners nor timers per read', async () => {
      const { rig, upstream } = parts;
      const [asked, asks, leaves] = [upstream.asked(), nextAsking(upstream), nextLeaving(rig.port)];
      const coming = StreamClient.ask(rig, 'chat completions');
      const [answer, asking, { response, socket }] = [await asked, await asks, await leaves];
      const read = async (mark: number) => {
        answer.send(delta(form, `[${mark}]`));
        await (await coming).has(`[${mark}]`);
      };
      // Node's response object of the upstream, independent of the HTTP library.
      const heard: EventEmitter[] = [];
      asking.prependOnceListener('response', (incoming) => heard.push(incoming));
      const look = () => ({
        response: listenersOf(response),
        clientSocket: listenersOf(socket),
        asking: listenersOf(asking),
        answer: listenersOf(...heard),
        upstreamSocket: listenersOf(asking.socket),
        signals: signals.listeners(),
      });

      await read(0);
      const [listeners, running] = [look(), await timers.count()];
      for (const [where, count] of Object.entries(listeners)) expect(count, where).to.be.greaterThan(0);
      for (let mark = 1; mark <= READS; mark += 1) await read(mark);
      expect(look()).to.deep.equal(listeners);
      expect(await timers.count()).to.be.lessThan(running + BACKGROUND_TIMERS);
      // Node warns of more than ten listeners on other emitters.
      expect(warnings).to.deep.equal([]);
      answer.sendLast();
      await (await coming).whole();
    });
  });
}

/** Number of listeners for all events. */
function listenersOf(...emitters: (EventEmitter | null)[]): number {
  return emitters
    .filter((emitter) => emitter !== null)
    .flatMap((emitter) => emitter.eventNames().map((name) => emitter.listenerCount(name)))
    .reduce((sum, count) => sum + count, 0);
}

/** All abort signals that got a listener during the suite, the request's among them. */
function watchSignals(): { listeners(): number } {
  const seen = new Set<EventTarget>();
  const { addEventListener } = EventTarget.prototype;
  before(() => {
    EventTarget.prototype.addEventListener = function (this: EventTarget, ...args: never) {
      if (this instanceof AbortSignal) seen.add(this);
      return Reflect.apply(addEventListener, this, args);
    };
  });
  after(() => {
    EventTarget.prototype.addEventListener = addEventListener;
  });
  return {
    listeners: () => [...seen].reduce((sum, signal) => sum + getEventListeners(signal, 'abort').length, 0),
  };
}

/** Running timers, including those that do not keep the process alive. */
function watchTimers(): { count(): Promise<number> } {
  const running = new Set<number>();
  const hook = createHook({
    init: (id, type) => {
      if (type === 'Timeout') running.add(id);
    },
    destroy: (id) => running.delete(id),
  });
  before(() => hook.enable());
  after(() => hook.disable());
  return {
    count: async () => {
      // The hook reports ends after the turn of the event loop in which they happen.
      for (let turn = 0; turn < 3; turn += 1) await new Promise(setImmediate);
      return running.size;
    },
  };
}
