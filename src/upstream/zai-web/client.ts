/** Z.ai's web chat as an upstream: one POST per answer, with a configured token or a guest's. */
import { randomUUID } from 'node:crypto';
import type { CompletionEvent } from '../../completion/event.js';
import type { EventSink } from '../../completion/event-sink.js';
import type { EventTransform } from '../../completion/event-transform.js';
import { omitImages } from '../../completion/images.js';
import { putInWords } from '../../completion/in-words.js';
import type { UpstreamModel } from '../../completion/model-info.js';
import type { CompletionRequest } from '../../completion/request.js';
import type { Config } from '../../config/config.js';
import { UpstreamError } from '../../vocabulary/errors.js';
import { observeAttempts } from '../attempts.js';
import { asObject, asText, parseJson } from '../json.js';
import { modelsOf } from '../models.js';
import { readEvents } from '../read-events.js';
import { withRetries } from '../retry.js';
import type { Connection, UpstreamResponse } from '../transport/connection.js';
import type { AttemptTarget, StreamContext, Upstream, UpstreamCheck } from '../upstream.js';
import { checkWeb } from './check.js';
import { httpError, RefusedTokenError } from './errors.js';
import { WebEventDecoder } from './event-decoder.js';
import { buildWebBody } from './request-body.js';
import { CallScanner } from './tools/call-scanner.js';
import { listOfferedTools } from './tools/prompt.js';

const NO_IMAGES = 'the web chat takes no images from guests';
const NO_IMAGES_CURE = 'only the official API and self-hosted models read them';

export type WebOptions = Pick<Config, 'upstreamFeVersion' | 'upstreamUserAgent'> & {
  readonly upstreamUrl: string;
  readonly zaiToken: string | undefined;
};

export class ZaiWebUpstream implements Upstream {
  readonly unlistedModels = 'none';
  readonly knownModels = modelsOf('web');
  readonly #origin: string;

  constructor(
    private readonly connection: Connection,
    private readonly options: WebOptions,
  ) {
    this.#origin = new URL(options.upstreamUrl).origin;
  }

  async models(): Promise<readonly UpstreamModel[]> {
    return this.knownModels;
  }

  async stream(request: CompletionRequest, context: StreamContext, sink: EventSink): Promise<void> {
    const messages = omitImages(request.messages, NO_IMAGES, NO_IMAGES_CURE);
    const ids = newIds();
    const asked = putInWords({ ...request, messages });
    const body = JSON.stringify(buildWebBody(asked, ids));
    const tools = listOfferedTools(asked);
    const target = () => this.#describe(request.model.id);
    const ask = observeAttempts(context, target, async (to: EventSink, token: string) => {
      const response = await this.#open(body, ids.chatId, token, context);
      const shown = tools.length === 0 ? to : new CallSink(new CallScanner(tools, newCallId), to);
      await readEvents(response.body, new WebEventDecoder(context.served), shown);
    });
    const call = (to: EventSink) => this.#withToken(context, (token) => ask(to, token));
    await withRetries(call, sink, context.signal);
  }

  check(): UpstreamCheck {
    const { zaiToken } = this.options;
    const guest = { claim: () => this.mintGuestToken(), drop: () => Promise.resolve() };
    return checkWeb({
      hasToken: zaiToken !== undefined,
      mintGuestToken: () => this.mintGuestToken(),
      getAccount: () => this.#getAccount({ authorization: `Bearer ${zaiToken}` }),
      post: (request) => {
        const ids = newIds();
        const body = JSON.stringify(buildWebBody(putInWords(request), ids));
        const context = { requestId: randomUUID(), guest, signal: new AbortController().signal };
        return this.#withToken(context, (token) => this.#open(body, ids.chatId, token, context));
      },
    });
  }

  /** Asks for a new guest. Rejects with an ApiError; may be repeated. */
  async mintGuestToken(): Promise<string> {
    const response = await this.#getAccount();
    const text = await response.text();
    if (response.status !== 200) throw httpError(response.status, text, response.retryAfterMs);
    const token = asText(asObject(parseJson(text))?.token);
    // The token becomes a header: anything that cannot stand in one is no token.
    if (token === undefined || !/^[\x21-\x7e]{1,8192}$/.test(token)) {
      throw new UpstreamError('Z.ai gave no guest token.', {
        code: 'upstream_no_guest_token',
        retriable: true,
      });
    }
    return token;
  }

  /** Without a token the web chat answers with a new guest's. */
  #getAccount(headers: Record<string, string> = {}): Promise<UpstreamResponse> {
    const url = `${this.#origin}/api/v1/auths/`;
    return this.connection.open({ method: 'GET', url, headers: { ...this.#headers(), ...headers } });
  }

  /** Asks with the configured token, or with the conversation's guest token and once more with a fresh one on 401. */
  async #withToken<T>(context: StreamContext, ask: (token: string) => Promise<T>): Promise<T> {
    const { guest, signal } = context;
    const { zaiToken } = this.options;
    if (zaiToken !== undefined) return ask(zaiToken);
    const token = await guest.claim(signal);
    try {
      return await ask(token);
    } catch (error) {
      if (!(error instanceof RefusedTokenError)) throw error;
    }
    await guest.drop(token);
    return ask(await guest.claim(signal));
  }

  /** Rejects with an ApiError unless the answer begins. */
  async #open(
    body: string,
    chatId: string,
    token: string,
    context: StreamContext,
  ): Promise<UpstreamResponse> {
    const response = await this.#send(body, chatId, token, context);
    const { status } = response;
    context.trace?.observeStatus(status);
    if (status === 200) return response;
    const text = await response.text();
    throw status === 401 ? new RefusedTokenError() : httpError(status, text, response.retryAfterMs);
  }

  #send(body: string, chatId: string, token: string, context: StreamContext): Promise<UpstreamResponse> {
    return this.connection.open({
      method: 'POST',
      url: this.options.upstreamUrl,
      body,
      signal: context.signal,
      headers: {
        ...this.#headers(),
        authorization: `Bearer ${token}`,
        'content-type': 'application/json',
        accept: 'text/event-stream, application/json',
        referer: `${this.#origin}/c/${chatId}`,
        'x-request-id': context.requestId,
        ...context.trace?.headers,
      },
    });
  }

  #describe(model: string): AttemptTarget {
    return { url: this.options.upstreamUrl, provider: 'z_ai', operation: 'chat', model };
  }

  #headers(): Record<string, string> {
    return { 'user-agent': this.options.upstreamUserAgent, 'x-fe-version': this.options.upstreamFeVersion };
  }
}

/** The calls that stand in the text. A read that is all held back is left out. */
class CallSink implements EventSink {
  constructor(
    private readonly scanner: EventTransform,
    private readonly sink: EventSink,
  ) {}

  get isSatisfied(): boolean {
    return this.sink.isSatisfied === true;
  }

  push(read: CompletionEvent[]): Promise<void> | undefined {
    const events = this.scanner.apply(read);
    return events.length === 0 ? undefined : this.sink.push(events);
  }
}

function newIds() {
  return { chatId: randomUUID(), messageId: randomUUID(), now: new Date() };
}

function newCallId(): string {
  return `call_${randomUUID().replaceAll('-', '')}`;
}
