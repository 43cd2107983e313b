import { createHook } from 'node:async_hooks';
import { expect } from 'chai';
import { PROTOCOL_NAMES, type Protocol, StreamClient, useSteps } from './support.js';
import { delta, FORM_NAMES, type StepAnswer } from './upstream.js';

const READS = 200;
/** One that is awaited, and the one that V8 makes for the awaiting. */
const PROMISES_PER_READ = 2;
/** Of the heartbeat and the statistics. */
const BACKGROUND_PROMISES = 100;

for (const form of FORM_NAMES) {
  describe(`What a read costs besides its bytes, with the ${form} upstream`, () => {
    const parts = useSteps(form);
    const generators = watchGenerators();

    for (const protocol of PROTOCOL_NAMES) {
      it(`is one promise, and no step of an async generator: ${protocol}`, async () => {
        const { answer, client } = await begin(protocol);
        const before = generators.steps;
        const promises = await countPromises(() => readInLockstep(answer, client, READS));
        expect(generators.steps - before).to.equal(0);
        expect(promises).to.be.lessThan(READS * PROMISES_PER_READ + BACKGROUND_PROMISES);
        answer.sendLast();
        await client.whole();
      });
    }

    async function begin(protocol: Protocol): Promise<{ answer: StepAnswer; client: StreamClient }> {
      const asked = parts.upstream.asked();
      const coming = StreamClient.ask(parts.rig, protocol);
      const answer = await asked;
      answer.send(delta(form, '[begun]'));
      const client = await coming;
      await client.has('[begun]');
      return { answer, client };
    }

    /** Sends each event when the client has the one before, without a promise of its own. */
    function readInLockstep(answer: StepAnswer, { response }: StreamClient, count: number): Promise<void> {
      return new Promise((resolve) => {
        let sent = 0;
        const next = () => {
          sent += 1;
          answer.send(delta(form, ` ${sent}`));
        };
        const onData = () => {
          if (sent < count) return next();
          response.off('data', onData);
          resolve();
        };
        response.on('data', onData);
        next();
      });
    }
  });
}

/** The gateway's own code is running: the test's tools make promises, too. Without the stack as text, which is slow. */
function isGateway(): boolean {
  const { prepareStackTrace } = Error;
  Error.prepareStackTrace = (_error, sites) =>
    sites.some((site) => site.getFileName()?.includes('/src/') === true);
  try {
    return new Error().stack as unknown as boolean;
  } finally {
    Error.prepareStackTrace = prepareStackTrace;
  }
}

async function countPromises(work: () => Promise<void>): Promise<number> {
  let count = 0;
  const hook = createHook({
    init: (_id, type) => {
      if (type === 'PROMISE' && isGateway()) count += 1;
    },
  }).enable();
  try {
    await work();
    return count;
  } finally {
    hook.disable();
  }
}

/** Counts the steps of all async generators during the suite. */
function watchGenerators(): { readonly steps: number } {
  const count = { steps: 0 };
  const prototype = Object.getPrototypeOf(async function* () {}.prototype) as AsyncGenerator;
  const { next } = prototype;
  before(() => {
    prototype.next = function (this: AsyncGenerator, ...args: [] | [unknown]) {
      if (isGateway()) count.steps += 1;
      return Reflect.apply(next, this, args);
    };
  });
  after(() => {
    prototype.next = next;
  });
  return count;
}
