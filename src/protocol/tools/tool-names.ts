/** Maps a client's tools to the unique function names that upstreams see, and back. */
import { hash } from 'node:crypto';

/** Tools of Responses whose name is their type. */
export type ClientToolType = 'apply_patch' | 'local_shell' | 'shell' | 'tool_search';

/** A tool in the client's form, in which its calls are returned. */
export interface ToolForm {
  readonly type: 'function' | 'custom' | ClientToolType;
  readonly name: string;
  /** The Responses `namespace` tool that holds it. */
  readonly namespace?: string | undefined;
  /** A freeform tool declared flat in chat completions, as Cursor does: its calls also have a `function`, which Cursor reads. */
  readonly isFlat?: boolean;
}

/** OpenAI's name for the namespace of tools without one. */
const DEFAULT_NAMESPACE = 'functions';
const MAX_JOINED_LENGTH = 64;
const HASH_LENGTH = 8;

/** The tools of one request. */
export class ToolNames {
  /** Forms by offered name. */
  readonly #forms = new Map<string, ToolForm>();
  readonly #names = new Map<string, string>();

  /**
   * The names depend on the set of `forms`, not on their order, so that a prompt stays the same from turn to turn. A
   * function outside of namespaces keeps its name.
   */
  constructor(forms: readonly ToolForm[]) {
    const distinct = [...new Map(forms.map((form) => [toKey(form), form])).values()];
    const wanted = countNames(distinct.map(joinName));
    for (const form of distinct) if (isPlainFunction(form)) this.#add(form, form.name);
    for (const form of distinct) {
      if (isPlainFunction(form)) continue;
      const name = joinName(form);
      this.#add(form, wanted.get(name) === 1 ? name : this.#uniqueName(form));
    }
  }

  /** @returns the client's form of an offered name; a function of that name if the model made the name up. */
  formOf(offeredName: string): ToolForm {
    return this.#forms.get(offeredName) ?? { type: 'function', name: offeredName };
  }

  /** @returns the offered name; undefined if the tool is not declared. Accepts the client's name and the offered one. */
  find(form: ToolForm): string | undefined {
    const { namespace = DEFAULT_NAMESPACE, name } = form;
    const isOffered = namespace === DEFAULT_NAMESPACE && this.#forms.has(name);
    return this.#names.get(toKey(form)) ?? (isOffered ? name : undefined);
  }

  /** @returns the offered name for a call in the history, whose tool may no longer be declared. */
  nameOf(form: ToolForm): string {
    return this.find(form) ?? joinName(form);
  }

  #add(form: ToolForm, name: string): void {
    this.#forms.set(name, form);
    this.#names.set(toKey(form), name);
  }

  #uniqueName(form: ToolForm): string {
    for (let attempt = 0; ; attempt += 1) {
      const name = hashName(joinName(form), `${toKey(form)}${attempt || ''}`);
      if (!this.#forms.has(name)) return name;
    }
  }
}

function countNames(names: readonly string[]): ReadonlyMap<string, number> {
  const counts = new Map<string, number>();
  for (const name of names) counts.set(name, (counts.get(name) ?? 0) + 1);
  return counts;
}

function isPlainFunction({ type, namespace }: ToolForm): boolean {
  return type === 'function' && namespace === undefined;
}

function toKey({ type, namespace, name }: ToolForm): string {
  return JSON.stringify([type, namespace ?? null, name]);
}

/** Joins as MCP clients do: `mcp__server__tool`. */
function joinName({ namespace, name }: ToolForm): string {
  if (namespace === undefined) return name;
  const separator = namespace.endsWith('__') ? '' : '__';
  const joined = `${namespace}${separator}${name}`;
  const allowed = joined.replace(/[^\w-]/g, '_');
  return allowed.length <= MAX_JOINED_LENGTH ? allowed : hashName(allowed, joined);
}

function hashName(name: string, source: string): string {
  const digest = hash('sha256', source, 'hex').slice(0, HASH_LENGTH);
  return `${name.slice(0, MAX_JOINED_LENGTH - HASH_LENGTH - 1)}_${digest}`;
}
