/** `tools` and `tool_choice` of Responses → neutral tools, and both as the response repeats them. */
import { type Fields, isFields, stringOr, wrong } from '../fields.js';
import {
  chooseTools,
  type DeclaredTool,
  type OfferedTools,
  parseTool,
  parseToolList,
  parseToolName,
} from '../tools/parse-tools.js';
import type { ClientToolType } from '../tools/tool-names.js';
import { CLIENT_TOOLS, isClientTool } from './client-tools.js';
import type { ResponseInput } from './references.js';

/** The tools of a request, as upstreams are offered them and as the response repeats them. */
export interface ResponseTools extends OfferedTools {
  /** The tools that are offered to the model, in the client's form; dropped tools are missing. */
  readonly echo: { readonly tools: readonly object[]; readonly tool_choice: unknown };
}

interface Entry {
  readonly declared: readonly DeclaredTool[];
  readonly body: object;
}

/** Throws a BadRequestError that names the tool or choice at fault. `input` may have tools as well. */
export function parseResponseTools(tools: unknown, choice: unknown, input: ResponseInput): ResponseTools {
  const entries = parseToolList(tools).map((tool, index) => parseEntry(tool, `tools[${index}]`));
  const declared = [...entries.flatMap((entry) => entry.declared), ...parseAdditionalTools(input)];
  const offered = chooseTools(declared, choice);
  const echo = {
    tools: entries.flatMap((entry) => (entry.declared.length === 0 ? [] : [entry.body])),
    tool_choice: describeChoice(choice, offered),
  };
  return { ...offered, echo };
}

/** Reads tools from items of the input, where Codex sends its own tools and those found by a search. */
function parseAdditionalTools({ given, recalled }: ResponseInput): DeclaredTool[] {
  const items: readonly unknown[] = Array.isArray(given) ? given : [];
  return [
    ...(recalled?.items ?? []).flatMap((item) => parseToolsOf(item, 'previous_response_id')),
    ...items.flatMap((item, index) => parseToolsOf(item, `input[${index}]`)),
  ];
}

function parseToolsOf(item: unknown, at: string): DeclaredTool[] {
  if (!isFields(item) || !Array.isArray(item.tools)) return [];
  if (item.type !== 'additional_tools' && item.type !== 'tool_search_output') return [];
  return item.tools.flatMap((tool, nth) => parseEntry(tool, `${at}.tools[${nth}]`).declared);
}

function parseEntry(given: unknown, at: string): Entry {
  if (isFields(given) && given.type === 'namespace')
    return { declared: parseNamespace(given, at), body: given };
  if (isFields(given) && isClientTool(given.type)) return parseClientTool(given, given.type);
  const declared = parseTool(given, at, 'flat');
  return {
    declared,
    body: declared.length === 0 ? {} : describeTool(declared[0] as DeclaredTool, given as Fields),
  };
}

function parseClientTool(given: Fields, type: ClientToolType): Entry {
  const tool = CLIENT_TOOLS[type].offer(given);
  return { declared: tool === undefined ? [] : [{ form: { type, name: type }, tool }], body: given };
}

/** Parses a group of tools. Codex groups the tools of each MCP server. */
function parseNamespace(given: Fields, at: string): DeclaredTool[] {
  const namespace = parseToolName(given, at);
  if (!Array.isArray(given.tools)) throw wrong(`${at}.tools`, 'must be an array of tools');
  const members = given.tools.flatMap((tool, index) => parseTool(tool, `${at}.tools[${index}]`, 'flat'));
  const description = stringOr(given.description, '');
  return members.map(({ form, tool }, index) => ({
    form: { ...form, namespace },
    // Only once, since it may be the instructions of a whole MCP server.
    tool:
      index === 0 && description !== ''
        ? { ...tool, description: addNote(tool, namespace, description) }
        : tool,
  }));
}

function addNote({ description }: DeclaredTool['tool'], namespace: string, note: string): string {
  return `${description ?? ''}\n\nAbout all tools whose names begin with ${namespace}: ${note}`.trimStart();
}

function describeTool({ form, tool }: DeclaredTool, given: Fields): object {
  const { type, name } = form;
  if (type === 'custom') {
    return {
      type,
      name,
      description: stringOr(given.description, ''),
      format: given.format ?? { type: 'text' },
    };
  }
  const { description, parameters } = tool;
  const strict = given.strict === true;
  return { type, name, description: description ?? null, parameters: parameters ?? null, strict };
}

function describeChoice(given: unknown, { toolChoice, toolNames }: OfferedTools): unknown {
  if (isFields(given) && given.type === 'allowed_tools') return given;
  if (typeof toolChoice === 'string') return toolChoice;
  const form = toolNames.formOf(toolChoice.name);
  return isClientTool(form.type) ? { type: form.type } : form;
}
