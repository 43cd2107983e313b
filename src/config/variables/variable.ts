/** What is known of a variable. */
import type { z } from 'zod';

/** A text for people, in both languages of the documents. */
export interface Text {
  readonly en: string;
  readonly zh: string;
}

export interface Variable {
  /** The member of `Config`, or of the values that one is derived from. */
  readonly field: string;
  /** Reads the text and names what is allowed; its metadata has the unit. */
  readonly kind: z.ZodType<unknown, string>;
  /** What counts when the variable is not set, as one would write it. `undefined` when there is no such text. */
  readonly default?: string;
  /** What an unset variable means, where `default` does not say it. */
  readonly whenUnset?: Text;
  /** One sentence, with the values to choose from. */
  readonly meaning: Text;
  /** Its value is never printed. */
  readonly isSecret?: true;
  /** Programs write its name in lower case as well; the lower case takes precedence, as in curl. */
  readonly hasLowerCaseName?: true;
}

/** Variables that are documented together. */
export interface Section {
  readonly title: Text;
  readonly variables: Readonly<Record<string, Variable>>;
}
