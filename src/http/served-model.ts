/** Which model answers one request, and how the client learns it. The answer itself names the model as the client did. */
import type { RequestedModel } from '../completion/request.js';
import { printableLine } from '../printable.js';
import type { Route } from '../routing/route.js';
import type { ModelCatalog } from '../upstream/model-catalog.js';
import { isSameModel } from '../upstream/model-names.js';
import type { ServedModelObserver } from '../upstream/upstream.js';

export class ServedModel implements ServedModelObserver {
  /** Public name. */
  #name: string;
  /** A different model from the requested one answers. */
  #isSubstituted = false;
  /** What the upstream is asked for. */
  #route: Pick<Route, 'model' | 'isFallback'>;
  /** The name that the client knows; `undefined` until the response has begun. */
  #told: string | undefined;
  /** A comment may be needed. */
  #isNews = false;

  /** `asked` is the client's name for `model`. */
  constructor(
    private readonly asked: string,
    private readonly model: RequestedModel,
    private readonly catalog: Pick<ModelCatalog, 'nameOf'>,
  ) {
    this.#name = catalog.nameOf(model.id);
    this.#route = { model, isFallback: false };
  }

  /** Notes which entry is asked, and for which of its models. */
  ask(route: Pick<Route, 'model' | 'isFallback'>): void {
    this.#route = route;
    if (route.model === this.model) return;
    this.#name = route.model.name;
    this.#isSubstituted = route.isFallback;
    this.#isNews = this.#told !== undefined;
  }

  /** Notes the model that answers; `id` is the upstream's name for it. */
  observe(id: string): void {
    const told = headerText(id);
    if (told === '') return;
    const { model, isFallback } = this.#route;
    const isAsked = isSameModel(told, model.id);
    this.#name = isAsked && model !== this.model ? model.name : this.catalog.nameOf(told);
    this.#isNews = this.#told !== undefined;
    // The web chat may name it by its public name.
    this.#isSubstituted = isFallback || (!isAsked && !isSameModel(this.#name, this.model.name));
  }

  /** Public name of the model that answers instead of the requested one; `undefined` when the requested model answers. */
  get substitute(): string | undefined {
    return this.#isSubstituted ? this.#name : undefined;
  }

  /** Headers for a response that begins now: none if the client named this model, in any spelling. */
  headers(): Record<string, string> {
    if (isSameModel(this.#name, this.asked)) {
      this.#told = this.asked;
      return {};
    }
    this.#told = headerText(this.#name);
    return { 'x-served-model': this.#told };
  }

  /** A comment of the event stream if the model became known after the headers were sent; otherwise empty. */
  comment(): string {
    if (!this.#isNews) return '';
    this.#isNews = false;
    if (isSameModel(this.#name, this.#told ?? '')) return '';
    this.#told = headerText(this.#name);
    return `: served by ${this.#told}\n\n`;
  }
}

/** Replaces characters that a header may not contain. */
function headerText(text: string): string {
  return printableLine(text)
    .replace(/[^\x20-\x7e]/g, '?')
    .trim();
}
