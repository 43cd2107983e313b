/** What a coding agent's model does with `sim:edit(FILE|OLD|NEW)`: reads the file, then edits it, with the agent's own tools. */
import type { AnyBody, Turn } from './conversation.js';
import type { Call, DeclaredTool } from './tools.js';

/** What the word says. */
interface Edit {
  file: string;
  old: string;
  new: string;
}

type Arguments = Record<string, unknown>;
type Properties = Record<string, AnyBody>;

/** How a kind of tool is told by its declaration, and what it is called with; undefined: another kind. */
type Recognizer = (name: string, properties: Properties, edit: Edit) => Arguments | undefined;

/** The names that agents give to the same three parameters. */
const PARAMETERS: Readonly<Record<keyof Edit, RegExp>> = {
  file: /^((absolute|target)_?)?(file_?)?path$/i,
  old: /^old_?(string|text|str)$/i,
  new: /^new_?(string|text|str)$/i,
};

const readsOne: Recognizer = (name, properties, edit) =>
  /^read(_?file)?$/i.test(name) ? filledIn(properties, edit, ['file']) : undefined;

const readsSeveral: Recognizer = (name, properties, { file }) =>
  /^read_?files$/i.test(name) && properties.files?.items?.properties?.path
    ? { files: [{ path: file }] }
    : undefined;

const replaces: Recognizer = (_name, properties, edit) => filledIn(properties, edit, ['file', 'old', 'new']);

const runsCommand: Recognizer = (_name, properties, edit) => {
  const key = ['command', 'cmd'].find((candidate) => properties[candidate]?.type === 'string');
  return key ? { [key]: shellCommand(edit) } : undefined;
};

/** The best first: a shell is for agents that have nothing else, as a model would choose. */
const READERS = [readsOne, readsSeveral];
const EDITORS = [replaces, runsCommand];

/** The next step that the turn has not seen yet; undefined once it is done, or where no tool could do it. */
export function nextEdit(
  words: string,
  tools: readonly DeclaredTool[],
  turn: Turn,
): Omit<Call, 'id'> | undefined {
  const [file = '', old = '', fresh = ''] = words.split('|');
  const edit = { file, old, new: fresh };
  const change = callOf(tools, EDITORS, edit);
  if (!change) return undefined;
  const read = callOf(tools, READERS, edit);
  return (read ? [read, change] : [change])[turn.called.length];
}

function callOf(
  tools: readonly DeclaredTool[],
  recognizers: Recognizer[],
  edit: Edit,
): Omit<Call, 'id'> | undefined {
  for (const recognize of recognizers) {
    for (const { name, parameters } of tools) {
      const given = recognize(name, parameters?.properties ?? {}, edit);
      if (given) return { name, arguments: JSON.stringify(given) };
    }
  }
  return undefined;
}

/** Undefined unless the tool has a parameter for each that is wanted. */
function filledIn(properties: Properties, edit: Edit, wanted: (keyof Edit)[]): Arguments | undefined {
  const given: Arguments = {};
  for (const what of wanted) {
    const name = Object.keys(properties).find((key) => PARAMETERS[what].test(key));
    if (name === undefined) return undefined;
    given[name] = edit[what];
  }
  return given;
}

/** Perl edits in place the same way on every system; sed does not. */
function shellCommand(edit: Edit): string {
  return `perl -pi -e 's/\\Q${edit.old}\\E/${edit.new}/' '${edit.file}'`;
}
