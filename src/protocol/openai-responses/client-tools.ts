/**
 * Tools of a form that OpenAI defines and the client runs: shell, patches, search for further tools. Each is offered as a
 * function; a call becomes an item of its own type when its arguments are complete.
 */
import type { JsonSchema, Tool } from '../../completion/request.js';
import { parseJson } from '../../json.js';
import { type Fields, isFields, stringOr } from '../fields.js';
import type { ClientToolType } from '../tools/tool-names.js';

interface ClientTool {
  readonly idPrefix: string;
  readonly resultType: string;
  /** @returns undefined if the tool runs at OpenAI. */
  offer(given: Fields): Tool | undefined;
  /** Builds the members of a call's item from the function's arguments. */
  buildCall(given: Fields): object;
  /** Rebuilds the function's arguments from an item in the history. */
  toArguments(item: Fields): object;
  /** Extracts what the model reads from a result's item; `output` if left out. */
  readResult?(item: Fields): unknown;
}

const TEXT: JsonSchema = { type: 'string' };
const COUNT: JsonSchema = { type: 'integer' };
const textsField = (description: string): JsonSchema => ({ type: 'array', items: TEXT, description });

/** The tools by their types. */
export const CLIENT_TOOLS: Readonly<Record<ClientToolType, ClientTool>> = {
  local_shell: {
    idPrefix: 'lsh',
    resultType: 'local_shell_call_output',
    offer: () =>
      defineTool('local_shell', 'Runs one command on the user’s machine.', ['command'], {
        command: textsField(
          'The program and its arguments; a shell only where it is named: ["bash", "-lc", "…"].',
        ),
        working_directory: TEXT,
        timeout_ms: COUNT,
      }),
    buildCall: (given) => ({
      action: {
        type: 'exec',
        command: readTexts(given.command),
        env: {},
        ...pickText('working_directory', given),
        ...pickCount('timeout_ms', given),
      },
    }),
    toArguments: ({ action }) => {
      const { command, working_directory, timeout_ms } = readFields(action);
      return {
        command,
        working_directory: working_directory ?? undefined,
        timeout_ms: timeout_ms ?? undefined,
      };
    },
  },
  shell: {
    idPrefix: 'sh',
    resultType: 'shell_call_output',
    offer: ({ environment }) =>
      isFields(environment) && environment.type !== 'local' && environment.type !== undefined
        ? undefined
        : defineTool('shell', 'Runs commands in a shell on the user’s machine.', ['commands'], {
            commands: textsField('The command lines, which may run at the same time.'),
            timeout_ms: COUNT,
            max_output_length: COUNT,
          }),
    buildCall: (given) => ({
      action: {
        commands: readTexts(given.commands),
        timeout_ms: readCount(given.timeout_ms, null),
        max_output_length: readCount(given.max_output_length, null),
      },
      environment: { type: 'local' },
    }),
    toArguments: ({ action }) => {
      const { commands, timeout_ms, max_output_length } = readFields(action);
      return {
        commands,
        timeout_ms: timeout_ms ?? undefined,
        max_output_length: max_output_length ?? undefined,
      };
    },
  },
  apply_patch: {
    idPrefix: 'apc',
    resultType: 'apply_patch_call_output',
    offer: () =>
      defineTool('apply_patch', PATCH_RULE, ['type', 'path'], {
        type: { type: 'string', enum: ['create_file', 'update_file', 'delete_file'] },
        path: TEXT,
        diff: { type: 'string', description: 'Left out only for delete_file.' },
      }),
    buildCall: ({ type, path, diff }) => {
      const isDelete = type === 'delete_file';
      return {
        operation: {
          type: isDelete || type === 'create_file' ? type : 'update_file',
          path: stringOr(path, ''),
          ...(isDelete ? {} : { diff: stringOr(diff, '') }),
        },
      };
    },
    toArguments: ({ operation }) => readFields(operation),
    readResult: ({ status, output }) => stringOr(output, '') || status,
  },
  tool_search: {
    idPrefix: 'tsc',
    resultType: 'tool_search_output',
    offer: ({ execution, description, parameters }) =>
      execution === 'client'
        ? {
            name: 'tool_search',
            description: stringOr(description, 'Finds further tools.'),
            parameters: isFields(parameters) ? parameters : undefined,
          }
        : undefined,
    buildCall: (given) => ({ execution: 'client', arguments: given }),
    toArguments: (item) => readFields(item.arguments),
    // The tools that were found are offered as functions.
    readResult: ({ tools }) => `Found: ${listNames(tools).join(', ') || 'none'}`,
  },
};

const PATCH_RULE =
  'Creates, changes or deletes one file of the user’s. For create_file each line of the diff begins with "+". For ' +
  'update_file the diff has sections that begin with "@@", if need be followed by a line that stands above the place ' +
  '(such as the head of a function); in them, lines that stay begin with a space, removed ones with "-", new ones with ' +
  '"+". It has no line numbers.';

/** Whether a tool's type is one of these. */
export function isClientTool(type: unknown): type is ClientToolType {
  return typeof type === 'string' && Object.hasOwn(CLIENT_TOOLS, type);
}

/** Finds the tool of a call by its item's type: `shell_call` → `shell`. */
export function findToolOfCall(itemType: unknown): ClientToolType | undefined {
  const type = typeof itemType === 'string' ? itemType.replace(/_call$/, '') : undefined;
  return type !== itemType && isClientTool(type) ? type : undefined;
}

/** Finds the tool of a result by its item's type: `shell_call_output` → `shell`. */
export function findToolOfResult(itemType: unknown): ClientToolType | undefined {
  return RESULT_TYPES.get(itemType);
}

const RESULT_TYPES: ReadonlyMap<unknown, ClientToolType> = new Map(
  (Object.keys(CLIENT_TOOLS) as ClientToolType[]).map((type) => [CLIENT_TOOLS[type].resultType, type]),
);

/** Parses the arguments of a call. Anything but a JSON object counts as empty. */
export function readArguments(written: string): Fields {
  return readFields(parseJson(written));
}

function defineTool(
  name: string,
  description: string,
  required: readonly string[],
  properties: Readonly<Record<string, JsonSchema>>,
): Tool {
  return {
    name,
    description,
    parameters: { type: 'object', properties, required, additionalProperties: false },
  };
}

function readFields(value: unknown): Fields {
  return isFields(value) ? value : {};
}

function readTexts(value: unknown): string[] {
  if (typeof value === 'string') return [value];
  return Array.isArray(value) ? value.filter((one): one is string => typeof one === 'string') : [];
}

function readCount<Fallback>(value: unknown, fallback: Fallback): number | Fallback {
  return typeof value === 'number' ? value : fallback;
}

function pickText(name: string, { [name]: value }: Fields): object {
  return typeof value === 'string' ? { [name]: value } : {};
}

function pickCount(name: string, { [name]: value }: Fields): object {
  return typeof value === 'number' ? { [name]: value } : {};
}

function listNames(tools: unknown): string[] {
  if (!Array.isArray(tools)) return [];
  return tools.flatMap((tool) => (isFields(tool) ? stringOr(tool.name, []) : []));
}
