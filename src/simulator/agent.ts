/**
 * What a coding agent's model does with the agent's own tools: `sim:read(FILE)` reads a file, `sim:call(NAME|JSON)` calls a
 * tool by name, `sim:edit(FILE|OLD|NEW)` reads a file and edits it. One step per response, in this order.
 */
import type { AnyBody, Turn } from './conversation.js';
import type { Scenario } from './scenarios.js';
import { makeSample } from './schema-sample.js';
import type { Call, DeclaredTool } from './tools.js';

export type Step = Omit<Call, 'id'>;

const STEP_WORDS = ['read', 'call', 'edit'];

/** The file and texts of `sim:edit`. */
interface Edit {
  file: string;
  old: string;
  new: string;
}

type Arguments = Record<string, unknown>;
type Properties = Record<string, AnyBody>;

/** Recognizes a kind of tool by its declaration. @returns its arguments, `undefined` for another kind. */
type Recognizer = (name: string, properties: Properties, edit: Edit) => Arguments | undefined;

/** Names of the same three parameters in different agents. */
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

/** The form of patch that Codex takes. It replaces whole lines. */
const patches: Recognizer = (name, properties, edit) => {
  const [key, ...others] = Object.keys(properties);
  return name === 'apply_patch' && key !== undefined && others.length === 0
    ? { [key]: writePatch(edit) }
    : undefined;
};

/** In order of preference: the shell is used if the agent has no editing tool. */
const READERS = [readsOne, readsSeveral];
const EDITORS = [replaces, patches, runsCommand];

export function hasSteps(scenario: Scenario): boolean {
  return STEP_WORDS.some((word) => scenario.has(word));
}

/** The next step that the turn has not seen yet. @returns undefined if all are done, or if a step has no tool. */
export function nextStep(scenario: Scenario, tools: readonly DeclaredTool[], turn: Turn): Step | undefined {
  const steps = [
    ...(scenario.has('read') ? [readStep(scenario.text('read') ?? '', tools)] : []),
    ...(scenario.has('call') ? [callStep(scenario.text('call') ?? '', tools)] : []),
    ...(scenario.has('edit') ? editSteps(scenario.text('edit') ?? '', tools) : []),
  ];
  return steps.includes(undefined) ? undefined : steps[turn.called.length];
}

function readStep(file: string, tools: readonly DeclaredTool[]): Step | undefined {
  return callOf(tools, READERS, { file, old: '', new: '' });
}

/** Clients prefix names, so the end of a tool's name is enough. The arguments fit the tool's schema unless they are given. */
function callStep(words: string, tools: readonly DeclaredTool[]): Step | undefined {
  const [, wanted = '', given = ''] = /^([^|]*)\|?(.*)$/s.exec(words) ?? [];
  const tool = tools.find(({ name }) => name.endsWith(wanted));
  if (tool === undefined) return undefined;
  return {
    name: tool.name,
    arguments: given || JSON.stringify(makeSample(tool.parameters ?? { type: 'object' })),
  };
}

/** Skips the reading step if no tool can read. */
function editSteps(words: string, tools: readonly DeclaredTool[]): (Step | undefined)[] {
  const [file = '', old = '', fresh = ''] = words.split('|');
  const read = readStep(file, tools);
  return [...(read ? [read] : []), callOf(tools, EDITORS, { file, old, new: fresh })];
}

function callOf(tools: readonly DeclaredTool[], recognizers: Recognizer[], edit: Edit): Step | undefined {
  for (const recognize of recognizers) {
    for (const { name, parameters } of tools) {
      const given = recognize(name, parameters?.properties ?? {}, edit);
      if (given) return { name, arguments: JSON.stringify(given) };
    }
  }
  return undefined;
}

/** @returns undefined if the tool lacks one of the wanted parameters. */
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

function writePatch({ file, old, new: fresh }: Edit): string {
  return `*** Begin Patch\n*** Update File: ${file}\n@@\n-${old}\n+${fresh}\n*** End Patch`;
}
