/** One request as its upstream takes it: made again without each field that is refused before the first event. */
import type { CompletionRequest } from '../../completion/request.js';
import { ApiError } from '../../errors.js';
import type { Adaptation } from '../retry.js';
import type { Flavour } from './flavour.js';
import { ownFieldIn } from './own-fields.js';
import { JSON_SCHEMA, REQUIRED_TOOLS, Refusal } from './refusal.js';
import type { RefusedFields } from './refused-fields.js';
import { openaiRequestBody } from './request-body.js';

export interface AdaptationOptions {
  readonly flavour: Flavour;
  readonly refused: RefusedFields;
  /** Called with every field that was not known to be refused, once the upstream has taken the request without it. */
  readonly onFieldRefused?: ((field: string, model: string) => void) | undefined;
}

export class AdaptedRequest implements Adaptation {
  /** JSON. */
  body: string;
  readonly #leftOut: Set<string>;
  readonly #learnt = new Set<string>();

  constructor(
    private readonly request: CompletionRequest,
    private readonly options: AdaptationOptions,
  ) {
    this.#leftOut = new Set(options.refused.of(request.model.id));
    this.body = JSON.stringify(this.#build());
  }

  /** Ends, for each turn takes a field of a closed list out of the body. */
  adapt(error: unknown): boolean {
    if (!(error instanceof ApiError) || error.status !== 400 || !(error.cause instanceof Refusal))
      return false;
    const body = this.#build();
    const { fields, conditional } = error.cause;
    const named = fields.flatMap((name) => ownFieldIn(body, name) ?? []);
    if (!conditional) for (const field of named) this.#learnt.add(field);
    const refused =
      named.length > 0 ? named : disputedValues(error.cause).filter((name) => ownFieldIn(body, name));
    if (refused.length === 0) return false;
    for (const field of refused) this.#leftOut.add(field);
    this.body = JSON.stringify(this.#build());
    return true;
  }

  /** Only now is it certain that the fields were the reason: a request that fails without them, too, teaches nothing. */
  accepted(): void {
    const { refused, onFieldRefused } = this.options;
    const model = this.request.model.id;
    const known = refused.of(model);
    for (const field of this.#learnt) {
      refused.remember(model, field);
      // Requests that ran at the same time have learnt the same.
      if (!known.has(field)) onFieldRefused?.(field, model);
    }
  }

  #build() {
    return openaiRequestBody(this.request, this.options.flavour, this.#leftOut);
  }
}

/** What the upstream may do without in this one request: a schema that it cannot enforce, a choice that it cannot force. */
function disputedValues({ mentionsFormat, mentionsToolChoice }: Refusal): string[] {
  return [...(mentionsFormat ? [JSON_SCHEMA] : []), ...(mentionsToolChoice ? [REQUIRED_TOOLS] : [])];
}
