/** The scenario words: `sim:NAME`, `sim:NAME=VALUE` or `sim:say(TEXT)` in the last user message or the model. */
import { type Protocol, SCENARIO_WORDS } from './scenario-words.js';

/** A word may occur twice in the table, once per protocol. */
const known = SCENARIO_WORDS.map((word) => ({ ...word, name: word.name.replace(/[=(].*/, '') }));
const failing = new Set(known.flatMap((word) => (word.failing ? word.name : [])));
const pattern = /sim:([a-z][a-z0-9-]*)(?:=([\w./-]*\w(?:,(?!sim:)[\w./-]*\w)*)|\(([^)]*)\))?/gi;

/** The words of one message. If a word occurs twice, its last value counts. */
export class Scenario {
  private constructor(private readonly words: ReadonlyMap<string, string>) {}

  static parse(text: string): Scenario {
    const found = [...text.matchAll(pattern)];
    return new Scenario(
      new Map(found.map(([, name = '', value, said]) => [name.toLowerCase(), value ?? said ?? ''])),
    );
  }

  has(name: string): boolean {
    return this.words.has(name);
  }

  /** The value of a word, or undefined when the word is absent or has none. */
  text(name: string): string | undefined {
    return this.words.get(name) || undefined;
  }

  number(name: string): number | undefined {
    const value = Number(this.text(name) ?? Number.NaN);
    return Number.isNaN(value) ? undefined : value;
  }

  /** The values of a word, which commas separate. */
  list(name: string): string[] {
    return this.text(name)?.split(',') ?? [];
  }

  get names(): string[] {
    return [...this.words.keys()];
  }

  /** The first word that this protocol does not know, with its value if the value is wrong: probably a typo. */
  misplaced(protocol: Protocol): string | undefined {
    for (const [name, value] of this.words) {
      const word = known.find((one) => one.name === name && (one.only ?? protocol) === protocol);
      if (word === undefined) return name;
      if (word.values && value !== '' && !word.values.includes(value)) return `${name}=${value}`;
    }
    return undefined;
  }

  /** The same scenario with its fault after the first event, for answers of few events. */
  afterFirst(): Scenario {
    return new Scenario(new Map([['after', '1'], ...this.words]));
  }

  /** The scenario once the attempts of `sim:times` are used up. */
  withoutFailures(): Scenario {
    return new Scenario(new Map([...this.words].filter(([name]) => !failing.has(name))));
  }
}

/** Whether the text contains scenario words. */
export function hasWords(text: string): boolean {
  return text.search(pattern) !== -1;
}

/** The text without its scenario words. */
export function removeWords(text: string): string {
  return text.replace(pattern, '').trim();
}
