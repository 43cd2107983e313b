/** What the upstream is given for one request, with the request's trace in between. */

import type { RequestTrace } from '../tracing/request-trace.js';
import type { GuestTokens, ServedModelObserver, StreamContext } from '../upstream/upstream.js';

export function observeContext(context: Omit<StreamContext, 'trace'>, trace: RequestTrace): StreamContext {
  if (!trace.isRecording) return { ...context, trace };
  return {
    ...context,
    guest: new ObservedGuest(context.guest, trace),
    served: new ObservedModel(context.served, trace),
    trace,
  };
}

class ObservedGuest implements GuestTokens {
  constructor(
    private readonly guest: GuestTokens,
    private readonly trace: RequestTrace,
  ) {}

  async claim(signal: AbortSignal): Promise<string> {
    this.trace.startStage('guest-token');
    try {
      const token = await this.guest.claim(signal);
      this.trace.endStage();
      return token;
    } catch (error) {
      this.trace.endStage(error);
      throw error;
    }
  }

  drop(token: string): Promise<void> {
    return this.guest.drop(token);
  }
}

class ObservedModel implements ServedModelObserver {
  constructor(
    private readonly served: ServedModelObserver | undefined,
    private readonly trace: RequestTrace,
  ) {}

  observe(id: string): void {
    this.served?.observe(id);
    this.trace.observeModel(id);
  }
}
