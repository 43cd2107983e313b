/**
 * One request as its upstream takes it: made again without each field, and without images of the past, that are refused
 * before the first event.
 */
import { hasOnlyPastImages, omitImages } from '../../completion/images.js';
import { getOpenings } from '../../completion/json-format.js';
import type { CompletionRequest } from '../../completion/request.js';
import { ApiError } from '../../vocabulary/errors.js';
import type { EventDecoder } from '../read-events.js';
import type { Adaptation } from '../retry.js';
import { needsFormatWords } from './native.js';
import { findOwnField } from './own-fields.js';
import type { Provider } from './provider.js';
import { IGNORED_SCHEMA, JSON_SCHEMA, REQUIRED_TOOLS, Refusal } from './refusal.js';
import type { RefusedFields } from './refused-fields.js';
import { buildOpenaiBody } from './request-body.js';
import { SchemaWatch } from './schema-watch.js';

export interface AdaptationOptions {
  readonly provider: Provider;
  readonly refused: RefusedFields;
  /** Called with every field that was not known to be refused, or a schema to be ignored, once that is certain. */
  readonly onFieldRefused?: ((field: string, model: string) => void) | undefined;
}

export class AdaptedRequest implements Adaptation {
  /** JSON. */
  body: string;
  #request: CompletionRequest;
  readonly #leftOut: Set<string>;
  readonly #learnt = new Set<string>();

  constructor(
    request: CompletionRequest,
    private readonly options: AdaptationOptions,
  ) {
    this.#request = request;
    this.#leftOut = new Set(options.refused.of(request.model.id));
    this.body = JSON.stringify(this.#build());
  }

  /** The decoder of an answer to `body`, which tells as well when a schema is ignored. */
  watch(decoder: EventDecoder): EventDecoder {
    const { responseFormat: format } = this.#request;
    if (format.type === 'text' || needsFormatWords(this.#request, this.options.provider, this.#leftOut))
      return decoder;
    const opening = getOpenings(format);
    if (opening !== '{' && opening !== '[') return decoder;
    return new SchemaWatch(decoder, () => this.#learn(IGNORED_SCHEMA, Number.POSITIVE_INFINITY));
  }

  /** Terminates: each call takes a field of a closed list, or all images, out of the body. */
  adapt(error: unknown): boolean {
    if (!(error instanceof ApiError) || error.status !== 400) return false;
    if (error.code === 'unsupported_content') return this.#omitImages();
    if (!(error.cause instanceof Refusal)) return false;
    const body = this.#build();
    const { fields, conditional } = error.cause;
    const named = fields.flatMap((name) => findOwnField(body, name) ?? []);
    if (!conditional) for (const field of named) this.#learnt.add(field);
    const refused =
      named.length > 0 ? named : findDisputedValues(error.cause).filter((name) => findOwnField(body, name));
    return this.#leaveOut(refused);
  }

  /** Remembers the refused fields only now, since the request was accepted without them. */
  accepted(): void {
    for (const field of this.#learnt) this.#learn(field);
    // It is not sent again, so its memory can be freed while the answer streams.
    this.body = '';
  }

  /** For this request alone: the reason may be one image, and the upstream's model may read others. */
  #omitImages(): boolean {
    const { messages } = this.#request;
    if (!hasOnlyPastImages(messages)) return false;
    this.#request = { ...this.#request, messages: omitImages(messages, 'the upstream refused it', '') };
    this.body = JSON.stringify(this.#build());
    return true;
  }

  #leaveOut(fields: readonly string[]): boolean {
    if (fields.length === 0) return false;
    for (const field of fields) this.#leftOut.add(field);
    this.body = JSON.stringify(this.#build());
    return true;
  }

  #learn(field: string, lifetimeMs?: number): void {
    const { refused, onFieldRefused } = this.options;
    const model = this.#request.model.id;
    // Requests that ran at the same time have learnt the same.
    const isNew = !refused.of(model).has(field);
    refused.remember(model, field, lifetimeMs);
    if (isNew) onFieldRefused?.(field, model);
  }

  #build() {
    return buildOpenaiBody(this.#request, this.options.provider, this.#leftOut);
  }
}

/** What the upstream may do without in this one request: a schema that it cannot enforce, a choice that it cannot force. */
function findDisputedValues({ mentionsFormat, mentionsToolChoice }: Refusal): string[] {
  return [...(mentionsFormat ? [JSON_SCHEMA] : []), ...(mentionsToolChoice ? [REQUIRED_TOOLS] : [])];
}
