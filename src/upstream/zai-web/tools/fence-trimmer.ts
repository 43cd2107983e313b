/** Removes white space and code fences around calls, which belong to the call and not to the text. */

/** How far before a call its white space and the opening of its code fence are looked for, in characters. */
const MAX_LEAD_LENGTH = 200;
const LEAD = /\s*(?:(?<!`)```[\w-]*[ \t]*\r?\n\s*)?$/;
/** The same while it may still grow. */
const GROWING_LEAD = /\s*(?:`+|(?<!`)```[\w-]*[ \t]*(?:\r\n?\s*|\n\s*)?)?$/;
const SPACE = /\s*$/;
const FENCE_AFTER = /^\s*```(?!`)[ \t]*/;

export class FenceTrimmer {
  /** Something was said; `inFence`: its last code fence is still open. */
  #said = false;
  #inFence = false;
  /** Since the last call nothing was said; `fenced`: the end of its own code fence is still to come. */
  #afterCall = false;
  #fenced = false;

  /** What of the next piece of text is to be given. */
  say(piece: string): string {
    const text = this.#afterCall ? this.#withoutRemains(piece) : piece;
    if (text === '') return '';
    this.#said = true;
    this.#inFence = endsInFence(text, this.#inFence);
    return text;
  }

  /** A call was made; `opening`: its marker and what stood before it and was not said. */
  called(opening: string): void {
    this.#afterCall = true;
    this.#fenced ||= opening.includes('```');
  }

  /**
   * Where the white space and the fence before the call at `at` begin, if all of `text` is yet to be said. A fence
   * that is open already ends there: it belongs to what was said.
   */
  leadOf(text: string, at: number): number {
    const lead = leadBefore(text, at, LEAD);
    const before = text.slice(0, lead);
    const said = this.#fenced ? before.replace(FENCE_AFTER, '') : before;
    return endsInFence(said, this.#inFence) ? leadBefore(text, at, SPACE) : lead;
  }

  /** After a call: neither the end of its fence nor white space alone is worth saying. */
  #withoutRemains(text: string): string {
    if (text.trim() === '') return '';
    const rest = this.#fenced ? text.replace(FENCE_AFTER, '') : text;
    this.#fenced = false;
    if (rest.trim() === '') return '';
    this.#afterCall = false;
    return this.#said ? rest : rest.trimStart();
  }
}

/** Where at the end of `text`, of whose opening marker `partial` characters came, a call's lead could begin. */
export function measurePossibleLead(text: string, partial: number): number {
  return leadBefore(text, text.length - partial, partial === 0 ? GROWING_LEAD : LEAD);
}

function leadBefore(text: string, at: number, lead: RegExp): number {
  const before = text.slice(Math.max(0, at - MAX_LEAD_LENGTH), at);
  return at - (lead.exec(before)?.[0].length ?? 0);
}

function endsInFence(text: string, before: boolean): boolean {
  const fences = text.match(/`{3,}/g)?.length ?? 0;
  return fences % 2 === 1 ? !before : before;
}
