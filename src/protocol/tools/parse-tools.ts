/**
 * `tools` and `tool_choice` → neutral tools. Functions and freeform (`custom`) tools are offered, in OpenAI's nested form
 * and in the flat one of Responses; types that only OpenAI can run are dropped.
 */
import type { Tool, ToolChoice } from '../../completion/request.js';
import type { BadRequestError } from '../../vocabulary/errors.js';
import { type Fields, firstText, isFields, stringOr, wrong } from '../fields.js';
import { MAX_TOOL_NAME_LENGTH } from '../schema-types.js';
import { defineFreeformTool } from './freeform.js';
import { type ToolForm, ToolNames } from './tool-names.js';

/** A tool under the client's own name, and the form in which its calls are returned. */
export interface DeclaredTool {
  readonly form: ToolForm;
  readonly tool: Tool;
}

/** The tools of a request as upstreams are offered them. */
export interface OfferedTools {
  readonly tools: readonly Tool[];
  readonly toolChoice: ToolChoice;
  readonly toolNames: ToolNames;
}

/** Throws a BadRequestError that names the tool or choice at fault. */
export function parseTools(tools: unknown, choice: unknown): OfferedTools {
  return chooseTools(
    parseToolList(tools).flatMap((tool, index) => parseTool(tool, `tools[${index}]`, 'nested')),
    choice,
  );
}

/** @returns an empty list for null and undefined. Throws a BadRequestError for anything but an array. */
export function parseToolList(tools: unknown): readonly unknown[] {
  if (tools === undefined || tools === null) return [];
  if (!Array.isArray(tools)) throw wrong('tools', 'must be an array of tools');
  return tools;
}

/**
 * Members may be beside the type (`flat`) or one level below (`nested`); `usual` decides which path an error names.
 * @returns an empty list for a type that is not offered.
 */
export function parseTool(tool: unknown, at: string, usual: 'nested' | 'flat'): DeclaredTool[] {
  if (!isFields(tool)) throw wrong(at, 'must be an object with a type and a function');
  const type = tool.type ?? 'function';
  if (type !== 'function' && type !== 'custom') return [];
  // Anthropic's tools have the type `custom` too, but a schema.
  const parse = type === 'function' || isFields(tool.input_schema) ? parseFunctionTool : parseCustomTool;
  const nested = tool[type];
  if (isFields(nested)) return [parse(nested, `${at}.${type}`)];
  const declared = parse(tool, usual === 'flat' || tool.name !== undefined ? at : `${at}.${type}`);
  const isUnusual = usual === 'nested' && type === 'custom';
  return [isUnusual ? { ...declared, form: { ...declared.form, isFlat: true } } : declared];
}

function parseFunctionTool(given: Fields, at: string): DeclaredTool {
  const name = parseToolName(given, at);
  // `input_schema` is Anthropic's name, which some agents send here.
  const member =
    given.parameters === undefined && given.input_schema !== undefined ? 'input_schema' : 'parameters';
  const parameters = given[member] ?? undefined;
  if (parameters !== undefined && !isFields(parameters)) {
    throw wrong(`${at}.${member}`, 'must be a JSON Schema of type object');
  }
  const tool = { name, description: stringOr(given.description, undefined), parameters };
  return { form: { type: 'function', name }, tool };
}

function parseCustomTool(given: Fields, at: string): DeclaredTool {
  const name = parseToolName(given, at);
  return { form: { type: 'custom', name }, tool: defineFreeformTool(name, given.description, given.format) };
}

/** Throws a BadRequestError for an empty name, or one of more than `MAX_TOOL_NAME_LENGTH` characters. */
export function parseToolName({ name }: Fields, at: string): string {
  if (typeof name === 'string' && name !== '' && name.length <= MAX_TOOL_NAME_LENGTH) return name;
  throw wrong(`${at}.name`, `must be a name of up to ${MAX_TOOL_NAME_LENGTH} characters`);
}

/** Applies `tool_choice`, in the nested form of chat completions or the flat one of Responses. Throws a BadRequestError. */
export function chooseTools(declared: readonly DeclaredTool[], choice: unknown): OfferedTools {
  const toolNames = new ToolNames(declared.map(({ form }) => form));
  const tools = new Map<string, Tool>();
  for (const { form, tool } of declared) {
    const name = toolNames.nameOf(form);
    // Upstreams refuse duplicate names.
    tools.set(name, { ...tool, name });
  }
  return { ...narrowTools([...tools.values()], choice, toolNames), toolNames };
}

type Chosen = Omit<OfferedTools, 'toolNames'>;

/** Types of a choice that names one tool; `tool` is Anthropic's. */
const NAMED_TYPES: readonly unknown[] = [undefined, 'function', 'custom', 'tool'];

/** Values of OpenAI and Anthropic for how a tool is chosen, as strings or as the type of an object. */
const CHOICES: ReadonlyMap<unknown, 'auto' | 'none' | 'required'> = new Map([
  ['auto', 'auto'],
  ['none', 'none'],
  ['required', 'required'],
  ['any', 'required'],
]);

function narrowTools(tools: readonly Tool[], choice: unknown, names: ToolNames): Chosen {
  if (choice === undefined || choice === null) return { tools, toolChoice: 'auto' };
  const toolChoice = CHOICES.get(isFields(choice) ? choice.type : choice);
  if (toolChoice === 'required') return { tools: requireTools(tools), toolChoice };
  if (toolChoice !== undefined) return { tools, toolChoice };
  if (!isFields(choice)) throw wrong('tool_choice', 'must be "auto", "none", "required" or name a function');
  if (choice.type === 'allowed_tools') return parseAllowedTools(tools, choice, names);
  if (isNamedChoice(choice))
    return { tools, toolChoice: { name: resolveName(choice, 'tool_choice', names) } };
  const ofType = tools.find(({ name }) => names.formOf(name).type === choice.type);
  // `auto` for a tool whose type was dropped.
  return { tools, toolChoice: ofType === undefined ? 'auto' : { name: ofType.name } };
}

/** An entry names a tool, a namespace with all its tools, or a tool by its type. */
function parseAllowedTools(tools: readonly Tool[], choice: Fields, names: ToolNames): Chosen {
  const [given, at] = isFields(choice.allowed_tools)
    ? [choice.allowed_tools, 'tool_choice.allowed_tools.tools']
    : [choice, 'tool_choice.tools'];
  const listed: unknown[] = Array.isArray(given.tools) ? given.tools : [];
  const [allowedNames, namespaces, types] = [new Set<unknown>(), new Set<unknown>(), new Set<unknown>()];
  for (const [index, one] of listed.entries()) {
    if (!isFields(one)) continue;
    if (isNamedChoice(one)) allowedNames.add(resolveName(one, `${at}[${index}]`, names));
    else if (one.type === 'namespace') namespaces.add(one.name ?? '');
    else types.add(one.type);
  }
  const allowed = tools.filter(({ name }) => {
    const { type, namespace } = names.formOf(name);
    return allowedNames.has(name) || namespaces.has(namespace) || types.has(type);
  });
  return given.mode === 'required'
    ? { tools: requireTools(allowed), toolChoice: 'required' }
    : { tools: allowed, toolChoice: 'auto' };
}

function isNamedChoice({ type }: Fields): boolean {
  return NAMED_TYPES.includes(type);
}

/** Resolves the tool that a choice names (with or without a namespace, flat or nested) to its offered name. */
function resolveName(choice: Fields, at: string, names: ToolNames): string {
  const type = choice.type === 'custom' ? 'custom' : 'function';
  const nested = choice[type];
  const { name, namespace } = isFields(nested) ? nested : choice;
  if (typeof name !== 'string' || name === '') throw wrong(at, 'must name a declared function');
  const found = names.find({ type, name, namespace: firstText(namespace) });
  if (found === undefined) throw undeclared(name, at);
  return found;
}

function undeclared(name: string, param: string): BadRequestError {
  return wrong(param, `names ${JSON.stringify(name.slice(0, 200))}, which is not among tools`);
}

function requireTools(tools: readonly Tool[]): readonly Tool[] {
  if (tools.length > 0) return tools;
  throw wrong('tool_choice', 'is "required", but there is no function among tools');
}
