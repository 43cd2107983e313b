/** `tools` and `tool_choice` of Anthropic's Messages → neutral tools. Tools that run on Anthropic's servers are dropped. */
import type { Tool, ToolChoice } from '../../completion/request.js';
import { type Fields, isFields, stringOr, wrong } from '../fields.js';
import { parseTool as parseOpenaiTool, parseToolName } from '../tools/parse-tools.js';
import { findClientTool } from './client-tools.js';

/** The tools of a request as upstreams are offered them. */
export interface OfferedTools {
  readonly tools: readonly Tool[];
  readonly toolChoice: ToolChoice;
  readonly parallelToolCalls: boolean;
}

/** Throws a BadRequestError that names the tool or choice at fault. */
export function parseTools(value: unknown, choice: unknown): OfferedTools {
  if (value !== undefined && value !== null && !Array.isArray(value)) {
    throw wrong('tools', 'must be an array of tools');
  }
  const given: unknown[] = value ?? [];
  const declared = given.flatMap((tool, index) => parseTool(tool, `tools[${index}]`));
  // Upstreams refuse duplicate names.
  const tools = [...new Map(declared.map((tool) => [tool.name, tool])).values()];
  return {
    tools,
    toolChoice: parseChoice(choice, given, tools),
    parallelToolCalls: !(isFields(choice) && choice.disable_parallel_tool_use === true),
  };
}

function parseTool(tool: unknown, at: string): Tool[] {
  if (!isFields(tool)) throw wrong(at, 'must be an object with a name and an input_schema');
  const type = tool.type ?? 'custom';
  // Some agents send OpenAI's form here.
  if (type === 'function') return parseOpenaiTool(tool, at, 'flat').map((declared) => declared.tool);
  if (type === 'custom') return [customTool(tool, at)];
  const known = findClientTool(String(type), stringOr(tool.name, ''));
  return known === undefined || known.name === '' ? [] : [known];
}

function customTool(tool: Fields, at: string): Tool {
  const name = parseToolName(tool, at);
  if (!isFields(tool.input_schema)) throw wrong(`${at}.input_schema`, 'must be a JSON Schema of type object');
  return {
    name,
    description: stringOr(tool.description, undefined),
    parameters: tool.input_schema,
  };
}

/** A choice that only a dropped tool could satisfy becomes `auto`. */
function parseChoice(choice: unknown, given: readonly unknown[], tools: readonly Tool[]): ToolChoice {
  if (choice === undefined || choice === null) return 'auto';
  const { type, name } = isFields(choice) ? choice : { type: choice };
  switch (type) {
    case 'auto':
    case 'none':
      return type;
    case 'any':
    case 'required':
      if (given.length === 0) throw wrong('tool_choice', 'is "any", but there are no tools');
      return tools.length > 0 ? 'required' : 'auto';
    case 'tool':
      if (typeof name !== 'string') throw wrong('tool_choice.name', 'must name one of the tools');
      if (tools.some((tool) => tool.name === name)) return { name };
      if (given.some((tool) => isFields(tool) && tool.name === name)) return 'auto';
      throw wrong('tool_choice.name', `is ${JSON.stringify(name.slice(0, 200))}, which is not among tools`);
    default:
      throw wrong('tool_choice.type', 'must be "auto", "any", "tool" or "none"');
  }
}
