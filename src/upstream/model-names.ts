/** The spellings of one model's name: `GLM-5.2`, `glm-5.2`, `zai-org/GLM-5.2`, `glm-5.2[1m]`. Pure. */

/** Prefixes for GLM's maker in the names of routers, model hubs and agents. */
const MAKER = /^(?:zai|z-ai|zai-org)\//;
const FOREIGN_MAKER = /^(?:anthropic|openai)\//i;
/** How Claude Code asks for the long context of a model. */
const LONG_CONTEXT = /\[1m\]$/i;

/** The same for all spellings of a name. */
export function normalizeSpelling(name: string): string {
  return removeContextSuffix(name).toLowerCase().replace(MAKER, '');
}

/** Whether the two names are spellings of one model. */
export function isSameModel(one: string, other: string): boolean {
  return one === other || normalizeSpelling(one) === normalizeSpelling(other);
}

/** A foreign name as aliases match it: as it came, and without the suffix and the maker that routers put before it. */
export function listAliasSpellings(name: string): string[] {
  const plain = removeContextSuffix(name);
  return [name, plain, plain.replace(FOREIGN_MAKER, '')];
}

export function removeContextSuffix(name: string): string {
  return name.replace(LONG_CONTEXT, '');
}

/** Whether Z.ai may know the name although no list has it. */
export function isGlmName(name: string): boolean {
  return /^glm-[\w.:-]{1,100}$/.test(normalizeSpelling(name));
}

/** Finds by exact name first, then in any case, then by spelling. Of equal names the first counts. */
export class NameIndex<T extends { readonly name: string }> {
  readonly #maps: readonly (readonly [key: NameKey, values: ReadonlyMap<string, T>])[];

  constructor(values: readonly T[]) {
    const reversed = values.toReversed();
    this.#maps = KEYS.map((key) => [key, new Map(reversed.map((value) => [key(value.name), value]))]);
  }

  find(name: string): T | undefined {
    for (const [key, values] of this.#maps) {
      const found = values.get(key(name));
      if (found !== undefined) return found;
    }
    return undefined;
  }
}

type NameKey = (name: string) => string;
const KEYS: readonly NameKey[] = [(name) => name, (name) => name.toLowerCase(), normalizeSpelling];
