/** `tools` and `tool_choice` of a chat completion → neutral tools. Types other than functions are dropped, not refused. */
import type { Tool, ToolChoice } from '../../completion/request.js';
import type { BadRequestError } from '../../errors.js';
import { type Fields, isFields, stringOr, wrong } from '../fields.js';

export interface OfferedTools {
  readonly tools: readonly Tool[];
  readonly toolChoice: ToolChoice;
}

/** Throws a BadRequestError that names the tool or choice at fault. */
export function parseTools(tools: unknown, choice: unknown): OfferedTools {
  if (tools !== undefined && tools !== null && !Array.isArray(tools)) {
    throw wrong('tools', 'must be an array of tools');
  }
  const declared = (tools ?? []).flatMap((tool: unknown, index: number) =>
    parseTool(tool, `tools[${index}]`),
  );
  return chooseTools(declared, choice);
}

function parseTool(tool: unknown, at: string): Tool[] {
  if (!isFields(tool)) throw wrong(at, 'must be an object with a type and a function');
  if (tool.type !== 'function' && tool.type !== undefined) return [];
  return [functionTool(isFields(tool.function) ? tool.function : {}, `${at}.function`)];
}

/** The part that all of OpenAI's protocols share. */
export function functionTool({ name, description, parameters }: Fields, at: string): Tool {
  if (typeof name !== 'string' || name === '' || name.length > 200) {
    throw wrong(`${at}.name`, 'must be a name of up to 200 characters');
  }
  if (parameters !== undefined && parameters !== null && !isFields(parameters)) {
    throw wrong(`${at}.parameters`, 'must be a JSON Schema of type object');
  }
  return {
    name,
    description: stringOr(description, undefined),
    parameters: parameters ?? undefined,
  };
}

/** A choice in the forms of chat completions and of responses; the latter has the name on its own level. */
export function chooseTools(tools: readonly Tool[], choice: unknown): OfferedTools {
  if (choice === undefined || choice === null || choice === 'auto') return { tools, toolChoice: 'auto' };
  if (choice === 'none') return { tools, toolChoice: 'none' };
  if (choice === 'required') return { tools: someOf(tools), toolChoice: 'required' };
  if (!isFields(choice)) throw wrong('tool_choice', 'must be "auto", "none", "required" or name a function');
  if (choice.type === 'allowed_tools') return allowedTools(tools, choice);
  if (choice.type === 'function') {
    const name = nameOf(choice, 'tool_choice');
    if (!tools.some((tool) => tool.name === name)) throw undeclared(name, 'tool_choice');
    return { tools, toolChoice: { name } };
  }
  // A tool of a type that was dropped.
  return { tools, toolChoice: 'auto' };
}

function allowedTools(tools: readonly Tool[], choice: Fields): OfferedTools {
  const [given, at] = isFields(choice.allowed_tools)
    ? [choice.allowed_tools, 'tool_choice.allowed_tools.tools']
    : [choice, 'tool_choice.tools'];
  const listed: unknown[] = Array.isArray(given.tools) ? given.tools : [];
  const names = new Set<string>();
  const declared = new Set(tools.map(({ name }) => name));
  for (const [index, tool] of listed.entries()) {
    if (!isFields(tool) || tool.type !== 'function') continue;
    const name = nameOf(tool, `${at}[${index}]`);
    if (!declared.has(name)) throw undeclared(name, `${at}[${index}]`);
    names.add(name);
  }
  const allowed = tools.filter(({ name }) => names.has(name));
  return given.mode === 'required'
    ? { tools: someOf(allowed), toolChoice: 'required' }
    : { tools: allowed, toolChoice: 'auto' };
}

function nameOf(choice: Fields, at: string): string {
  const name = isFields(choice.function) ? choice.function.name : choice.name;
  if (typeof name === 'string' && name !== '') return name;
  throw wrong(at, 'must name a declared function');
}

function undeclared(name: string, param: string): BadRequestError {
  return wrong(param, `names ${JSON.stringify(name.slice(0, 200))}, which is not among tools`);
}

function someOf(tools: readonly Tool[]): readonly Tool[] {
  if (tools.length > 0) return tools;
  throw wrong('tool_choice', 'is "required", but there is no function among tools');
}
