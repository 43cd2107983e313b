/**
 * Tools that Anthropic defines and the client runs. Requests carry no schema for them, because Claude knows it; GLM is offered
 * functions with a schema. Source: docs.claude.com, pages of the bash, text editor and memory tools.
 */
import type { JsonSchema, Tool } from '../../completion/request.js';

type Properties = Readonly<Record<string, JsonSchema>>;

const PATH = text('Absolute path of a file or directory.');
const VIEW_RANGE: JsonSchema = {
  type: 'array',
  items: { type: 'integer' },
  description: 'For view: first and last line, counted from 1; -1 as the last means up to the end.',
};
const EDITING: Properties = {
  path: PATH,
  view_range: VIEW_RANGE,
  file_text: text('For create: the whole content of the file.'),
  old_str: text('For str_replace: the text to be replaced. It must occur exactly once in the file.'),
  insert_line: {
    type: 'integer',
    description: 'For insert: the line after which the text is inserted; 0 is the start.',
  },
};
const NEW_STR = text('For str_replace: the text in its place.');
const INSERT_TEXT = text('For insert: the text to be inserted.');

/** @returns the function for a type such as `bash_20250124`; undefined if the tool runs on Anthropic's servers or is unknown. */
export function findClientTool(type: string, name: string): Tool | undefined {
  const [, family, version = ''] = /^(bash|text_editor|memory)_(\d{8})$/.exec(type) ?? [];
  switch (family) {
    case 'bash':
      return bashTool(name);
    case 'text_editor':
      return version < '20250429' ? olderEditorTool(name) : editorTool(name);
    case 'memory':
      return memoryTool(name);
    default:
      return undefined;
  }
}

function bashTool(name: string): Tool {
  return {
    name,
    description: 'Runs a command in a bash session that lasts from call to call, and returns its output.',
    parameters: objectSchema({
      command: text('The command. Left out only with restart.'),
      restart: { type: 'boolean', description: 'Starts the session anew.' },
    }),
  };
}

function editorTool(name: string): Tool {
  return commandTool(
    name,
    'Views and edits text files.',
    ['view', 'create', 'str_replace', 'insert'],
    ['path'],
    {
      ...EDITING,
      new_str: NEW_STR,
      insert_text: INSERT_TEXT,
    },
  );
}

/** Versions before 2025-04-29: `new_str` is also the inserted text, and `undo_edit` exists. */
function olderEditorTool(name: string): Tool {
  const commands = ['view', 'create', 'str_replace', 'insert', 'undo_edit'];
  return commandTool(name, 'Views and edits text files.', commands, ['path'], {
    ...EDITING,
    new_str: text('For str_replace: the text in its place. For insert: the text to be inserted.'),
  });
}

function memoryTool(name: string): Tool {
  return commandTool(
    name,
    'Keeps notes for later conversations in files below /memories. View that directory before you start.',
    ['view', 'create', 'str_replace', 'insert', 'delete', 'rename'],
    [],
    {
      ...EDITING,
      path: text('Path below /memories.'),
      new_str: NEW_STR,
      insert_text: INSERT_TEXT,
      old_path: text('For rename: the present path.'),
      new_path: text('For rename: the new path.'),
    },
  );
}

function commandTool(
  name: string,
  description: string,
  commands: readonly string[],
  required: readonly string[],
  properties: Properties,
): Tool {
  const command = { type: 'string', enum: commands };
  return {
    name,
    description,
    parameters: objectSchema({ command, ...properties }, ['command', ...required]),
  };
}

function objectSchema(properties: Properties, required: readonly string[] = []): JsonSchema {
  return { type: 'object', properties, required };
}

function text(description: string): JsonSchema {
  return { type: 'string', description };
}
