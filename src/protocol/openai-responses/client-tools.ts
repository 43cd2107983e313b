/**
 * Tools whose shape OpenAI has fixed and which the client runs itself: its shell, its patches, its search for further
 * tools. Each is offered as a function; its calls are items of their own, whole only when their arguments are.
 */
import type { JsonSchema, Tool } from '../../completion/request.js';
import { type Fields, isFields, stringOr } from '../fields.js';
import type { ClientToolType } from '../openai-chat/tool-names.js';

interface ClientTool {
  readonly idPrefix: string;
  readonly resultType: string;
  /** @returns undefined if OpenAI would run it. */
  offer(given: Fields): Tool | undefined;
  /** Members of a call's item, from the arguments of the function. */
  callMembers(given: Fields): object;
  /** Arguments of the function, from an item in the history. */
  argumentsOf(item: Fields): object;
  /** What of a result's item the model reads. */
  resultOf?(item: Fields): unknown;
}

const TEXT: JsonSchema = { type: 'string' };
const COUNT: JsonSchema = { type: 'integer' };
const texts = (description: string): JsonSchema => ({ type: 'array', items: TEXT, description });

export const CLIENT_TOOLS: Readonly<Record<ClientToolType, ClientTool>> = {
  local_shell: {
    idPrefix: 'lsh',
    resultType: 'local_shell_call_output',
    offer: () =>
      offered('local_shell', 'Runs one command on the user’s machine.', ['command'], {
        command: texts(
          'The program and its arguments; a shell only where it is named: ["bash", "-lc", "…"].',
        ),
        working_directory: TEXT,
        timeout_ms: COUNT,
      }),
    callMembers: (given) => ({
      action: {
        type: 'exec',
        command: textsOf(given.command),
        env: {},
        ...textMember('working_directory', given),
        ...countMember('timeout_ms', given),
      },
    }),
    argumentsOf: ({ action }) => {
      const { command, working_directory, timeout_ms } = fieldsOf(action);
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
        : offered('shell', 'Runs commands in a shell on the user’s machine.', ['commands'], {
            commands: texts('The command lines, which may run at the same time.'),
            timeout_ms: COUNT,
            max_output_length: COUNT,
          }),
    callMembers: (given) => ({
      action: {
        commands: textsOf(given.commands),
        timeout_ms: countOr(given.timeout_ms, null),
        max_output_length: countOr(given.max_output_length, null),
      },
      environment: { type: 'local' },
    }),
    argumentsOf: ({ action }) => {
      const { commands, timeout_ms, max_output_length } = fieldsOf(action);
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
      offered('apply_patch', PATCH_RULE, ['type', 'path'], {
        type: { type: 'string', enum: ['create_file', 'update_file', 'delete_file'] },
        path: TEXT,
        diff: { type: 'string', description: 'Left out only for delete_file.' },
      }),
    callMembers: ({ type, path, diff }) => {
      const isDelete = type === 'delete_file';
      return {
        operation: {
          type: isDelete || type === 'create_file' ? type : 'update_file',
          path: stringOr(path, ''),
          ...(isDelete ? {} : { diff: stringOr(diff, '') }),
        },
      };
    },
    argumentsOf: ({ operation }) => fieldsOf(operation),
    resultOf: ({ status, output }) => stringOr(output, '') || status,
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
    callMembers: (given) => ({ execution: 'client', arguments: given }),
    argumentsOf: (item) => fieldsOf(item.arguments),
    // The tools themselves are offered as such.
    resultOf: ({ tools }) => `Found: ${namesOf(tools).join(', ') || 'none'}`,
  },
};

const PATCH_RULE =
  'Creates, changes or deletes one file of the user’s. For create_file each line of the diff begins with "+". For ' +
  'update_file the diff has sections that begin with "@@", if need be followed by a line that stands above the place ' +
  '(such as the head of a function); in them, lines that stay begin with a space, removed ones with "-", new ones with ' +
  '"+". It has no line numbers.';

export function isClientTool(type: unknown): type is ClientToolType {
  return typeof type === 'string' && Object.hasOwn(CLIENT_TOOLS, type);
}

/** The tool whose calls are items of a type: `shell` of `shell_call`. */
export function clientToolOfCall(itemType: unknown): ClientToolType | undefined {
  const type = typeof itemType === 'string' ? itemType.replace(/_call$/, '') : undefined;
  return type !== itemType && isClientTool(type) ? type : undefined;
}

export function clientToolOfResult(itemType: unknown): ClientToolType | undefined {
  return RESULT_TYPES.get(itemType);
}

const RESULT_TYPES: ReadonlyMap<unknown, ClientToolType> = new Map(
  (Object.keys(CLIENT_TOOLS) as ClientToolType[]).map((type) => [CLIENT_TOOLS[type].resultType, type]),
);

/** Arguments as the model wrote them; what is no JSON object counts as none. */
export function readArguments(written: string): Fields {
  try {
    return fieldsOf(JSON.parse(written));
  } catch {
    return {};
  }
}

function offered(
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

function fieldsOf(value: unknown): Fields {
  return isFields(value) ? value : {};
}

function textsOf(value: unknown): string[] {
  if (typeof value === 'string') return [value];
  return Array.isArray(value) ? value.filter((one): one is string => typeof one === 'string') : [];
}

function countOr<Fallback>(value: unknown, fallback: Fallback): number | Fallback {
  return typeof value === 'number' ? value : fallback;
}

function textMember(name: string, { [name]: value }: Fields): object {
  return typeof value === 'string' ? { [name]: value } : {};
}

function countMember(name: string, { [name]: value }: Fields): object {
  return typeof value === 'number' ? { [name]: value } : {};
}

function namesOf(tools: unknown): string[] {
  if (!Array.isArray(tools)) return [];
  return tools.flatMap((tool) => (isFields(tool) ? stringOr(tool.name, []) : []));
}
