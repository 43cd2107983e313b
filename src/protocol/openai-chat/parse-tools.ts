/** `tools` and `tool_choice` of a chat completion → neutral tools. Types other than functions are dropped, not refused. */
import type { Tool, ToolChoice } from '../../completion/request.js';
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
    const name = nameOf(choice);
    declaredIn(tools, name, 'tool_choice');
    return { tools, toolChoice: { name } };
  }
  // A tool of a type that was dropped.
  return { tools, toolChoice: 'auto' };
}

function allowedTools(tools: readonly Tool[], choice: Fields): OfferedTools {
  const given = isFields(choice.allowed_tools) ? choice.allowed_tools : choice;
  const listed = Array.isArray(given.tools) ? given.tools.filter(isFields) : [];
  const names = listed.filter(({ type }) => type === 'function').map(nameOf);
  for (const name of names) declaredIn(tools, name, 'tool_choice.allowed_tools');
  const allowed = tools.filter(({ name }) => names.includes(name));
  return given.mode === 'required'
    ? { tools: someOf(allowed), toolChoice: 'required' }
    : { tools: allowed, toolChoice: 'auto' };
}

function nameOf(choice: Fields): string {
  const name = isFields(choice.function) ? choice.function.name : choice.name;
  if (typeof name === 'string' && name !== '') return name;
  throw wrong('tool_choice.function.name', 'must name a declared function');
}

function declaredIn(tools: readonly Tool[], wanted: string, param: string): void {
  if (tools.some(({ name }) => name === wanted)) return;
  throw wrong(param, `names ${JSON.stringify(wanted.slice(0, 200))}, which is not among tools`);
}

function someOf(tools: readonly Tool[]): readonly Tool[] {
  if (tools.length > 0) return tools;
  throw wrong('tool_choice', 'is "required", but there is no function among tools');
}
