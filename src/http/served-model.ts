/** Which model really answers one request, and how its client is told. The answer itself names the model as the client did. */
import type { RequestedModel } from '../completion/request.js';
import { printableLine } from '../printable.js';
import type { ModelCatalog } from '../upstream/model-catalog.js';
import { isSameModel } from '../upstream/model-names.js';
import type { ServedModelObserver } from '../upstream/upstream.js';

export class ServedModel implements ServedModelObserver {
  /** Public name. */
  #name: string;
  /** The upstream answers with another model than the one it was asked for. */
  #isSubstituted = false;
  /** The name that the client has or was told, once the response has begun. */
  #told: string | undefined;
  /** Must a comment be looked at? */
  #isNews = false;

  /** `asked` is the client's name for `model`. */
  constructor(
    private readonly asked: string,
    private readonly model: RequestedModel,
    private readonly catalog: Pick<ModelCatalog, 'nameOf'>,
  ) {
    this.#name = catalog.nameOf(model.id);
  }

  /** `id` is the upstream's own word for the model that answers. */
  observe(id: string): void {
    const told = headerText(id);
    if (told === '') return;
    this.#name = this.catalog.nameOf(told);
    this.#isNews = this.#told !== undefined;
    // The web chat may name it by its public name.
    this.#isSubstituted = !isSameModel(told, this.model.id) && !isSameModel(this.#name, this.model.name);
  }

  /** Public name of the model that answers in place of the one that the upstream was asked for. */
  get substitute(): string | undefined {
    return this.#isSubstituted ? this.#name : undefined;
  }

  /** For a response that begins now: none where the model is the one that the client named, in whatever spelling. */
  headers(): Record<string, string> {
    if (isSameModel(this.#name, this.asked)) {
      this.#told = this.asked;
      return {};
    }
    this.#told = headerText(this.#name);
    return { 'x-served-model': this.#told };
  }

  /** A comment of the event stream, where its headers came too soon to tell the model; else empty. */
  comment(): string {
    if (!this.#isNews) return '';
    this.#isNews = false;
    if (isSameModel(this.#name, this.#told ?? '')) return '';
    this.#told = headerText(this.#name);
    return `: served by ${this.#told}\n\n`;
  }
}

/** Fit for a header, in which other characters would be errors. */
function headerText(text: string): string {
  return printableLine(text)
    .replace(/[^\x20-\x7e]/g, '?')
    .trim();
}
