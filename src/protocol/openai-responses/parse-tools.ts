/** `tools` and `tool_choice` of a response → neutral tools, and both as the response echoes them. */
import type { Tool } from '../../completion/request.js';
import { type Fields, isFields, wrong } from '../fields.js';
import { chooseTools, functionTool, type OfferedTools } from '../openai-chat/parse-tools.js';

export interface ResponseTools extends OfferedTools {
  /** Only what is offered to the model: other types than functions are dropped, and it shows. */
  readonly echo: { readonly tools: readonly object[]; readonly tool_choice: unknown };
}

/** Throws a BadRequestError that names the tool or choice at fault. */
export function parseResponseTools(tools: unknown, choice: unknown): ResponseTools {
  if (tools !== undefined && tools !== null && !Array.isArray(tools)) {
    throw wrong('tools', 'must be an array of tools');
  }
  const declared = (tools ?? []).flatMap((tool: unknown, index: number) =>
    parseTool(tool, `tools[${index}]`),
  );
  const offered = chooseTools(
    declared.map(({ tool }) => tool),
    choice,
  );
  const echo = { tools: declared.map(({ body }) => body), tool_choice: echoOfChoice(choice, offered) };
  return { ...offered, echo };
}

function parseTool(given: unknown, at: string): { tool: Tool; body: object }[] {
  if (!isFields(given)) throw wrong(at, 'must be an object with a type');
  if (given.type !== 'function') return [];
  const tool = functionTool(given, at);
  return [{ tool, body: toolBody(tool, given) }];
}

function toolBody({ name, description, parameters }: Tool, { strict }: Fields): object {
  return {
    type: 'function',
    name,
    description: description ?? null,
    parameters: parameters ?? null,
    strict: strict === true,
  };
}

function echoOfChoice(given: unknown, { toolChoice }: OfferedTools): unknown {
  if (isFields(given) && given.type === 'allowed_tools') return given;
  return typeof toolChoice === 'string' ? toolChoice : { type: 'function', name: toolChoice.name };
}
