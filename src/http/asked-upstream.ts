/** Which upstream entry answers one request, and how the client learns it. Nothing is told where the entries have no names. */
import type { Route, RoutePlan } from '../routing/route.js';

export class AskedUpstream {
  #name: string | undefined;
  /** The name that the client knows. */
  #told: string | undefined;
  /** The response has begun, so that headers cannot tell it. */
  #hasBegun = false;

  constructor(private readonly plan: Pick<RoutePlan, 'isTold'>) {}

  /** `undefined` until an entry was asked. */
  get name(): string | undefined {
    return this.#name;
  }

  ask({ entry }: Pick<Route, 'entry'>): void {
    if (this.plan.isTold) this.#name = entry;
  }

  /** For a response that begins now. */
  headers(): Record<string, string> {
    this.#hasBegun = true;
    this.#told = this.#name;
    return this.#name === undefined ? {} : { 'x-upstream': this.#name };
  }

  /** A comment of the event stream if headers could not tell it; else empty. */
  comment(): string {
    if (!this.#hasBegun || this.#told === this.#name) return '';
    this.#told = this.#name;
    return `: x-upstream ${this.#name}\n\n`;
  }
}
