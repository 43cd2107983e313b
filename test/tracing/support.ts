/** A gateway that exports its traces, and the receiver of them. */
import { Rig, type RigOptions } from '../support/gateway.js';
import { Receiver } from './receiver.js';

export const TRACE = '4bf92f3577b34da6a3ce929d0e0e4736';
export const PARENT = '00f067aa0ba902b7';
export const TRACEPARENT = `00-${TRACE}-${PARENT}-01`;
/** Headers that are never passed on. */
export const NEVER = { tracestate: 'vendor=canary-state', baggage: 'user=canary-baggage' };

export class TracedGateway {
  receiver!: Receiver;
  rig!: Rig;

  async start({ env, ...options }: RigOptions = {}): Promise<void> {
    this.rig = await new Rig().start({
      form: 'zai',
      env: { OTEL_EXPORTER_OTLP_ENDPOINT: this.receiver.url, OTEL_BSP_SCHEDULE_DELAY: '20', ...env },
      ...options,
    });
  }

  /** The trace of one request, by the id that its response has. */
  traceOf(response: Response): ReturnType<Receiver['trace']> {
    return this.receiver.trace(
      ({ attributes }) => attributes['ztoapi.request.id'] === response.headers.get('x-request-id'),
    );
  }
}

/** A receiver for each test; the test starts its gateway. */
export function useTracedGateway(): TracedGateway {
  const traced = new TracedGateway();
  beforeEach(async () => {
    traced.receiver = await Receiver.start();
  });
  afterEach(async () => {
    await traced.rig.stop();
    await traced.receiver.close();
  });
  return traced;
}
