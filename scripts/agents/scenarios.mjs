// The tasks of coding agents: prompts, upstreams, and what the upstream must have received.
import { readFileSync } from 'node:fs';

/** Native tools, and tools as instructions in the prompt. */
const TEXT_UPSTREAMS = ['self-hosted', 'web chat'];
const DEFAULT_MODEL = 'GLM-4.5';
/** An alias of the default model. */
const CLAUDE_MODEL = 'claude-sonnet-4-5';
/** One red pixel. */
const PICTURE = Buffer.from(
  'iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAIAAACQd1PeAAAADElEQVR4nGP4z8AAAAMBAQDJ/pLvAAAAAElFTkSuQmCC',
  'base64',
);

/**
 * Each scenario ends with `Guten Tag` in greeting.txt, which shows that the agent continued.
 * @type {import('./scenarios.d.mts').Scenario}
 */
export const EDIT = {
  name: 'edit',
  upstreams: TEXT_UPSTREAMS,
  model: DEFAULT_MODEL,
  writePrompts: ({ file }) => [edit(file, 'Hello', 'Guten Tag')],
  findProblems: () => [],
};

/** A text model gets a line of text in place of the picture. */
export const PICTURE_AS_TEXT = {
  ...EDIT,
  name: 'picture, text model',
  upstreams: ['official API', 'web chat'],
  files: { 'picture.png': PICTURE },
  writePrompts: readAndEdit,
  findProblems: (asked) => [
    ...(hasText(asked, '[image omitted: ') ? [] : ['the model was not told of the picture']),
    ...(messagesHaveText(asked, '"image_url"') ? ['a model that reads text only was sent the picture'] : []),
  ],
};

/** Whether a self-hosted model reads pictures is known only when its server refuses one. */
export const PICTURE_REFUSED = {
  ...PICTURE_AS_TEXT,
  name: 'picture, refused',
  upstreams: ['self-hosted'],
  writePrompts: (places) => readAndEdit(places).map((prompt) => `${prompt} sim:text-only`),
  findProblems: (asked) => [
    ...(hasText(asked, '"image_url"') ? [] : ['the picture was not offered to the model']),
    ...(hasText(asked.at(-1), '[image omitted: ') ? [] : ['the model was not told of the picture']),
  ],
};

/** A vision model gets the picture in a user message, where upstreams accept it. */
export const PICTURE_SEEN = {
  ...PICTURE_AS_TEXT,
  name: 'picture, seen',
  upstreams: ['official API'],
  model: 'GLM-5.3-Flash',
  findProblems: (asked) => {
    const messages = asked.flatMap((body) => body.messages);
    const isSeen = messages.some(({ role, content }) => role === 'user' && hasText(content, '"image_url"'));
    return isSeen ? [] : ['no user message held the picture'];
  },
};

/** Codex has a tool of its own for pictures. */
const VIEW_IMAGE = {
  writePrompts: ({ folder, file }) => {
    const call = `sim:call(view_image|${JSON.stringify({ path: `${folder}/picture.png` })})`;
    return [`Look at picture.png. ${call} ${edit(file, 'Hello', 'Guten Tag')}`];
  },
};
export const VIEWED_AS_TEXT = { ...PICTURE_AS_TEXT, ...VIEW_IMAGE };
export const VIEWED = { ...PICTURE_SEEN, ...VIEW_IMAGE };

/** Tool name and arguments are in the request; only the MCP server knows the page. */
export const MCP_TOOL = {
  ...EDIT,
  name: 'MCP tool',
  files: { 'phrasebook.mjs': readFileSync(new URL('mcp-server.mjs', import.meta.url)) },
  mcpServer: { name: 'phrasebook', file: 'phrasebook.mjs' },
  writePrompts: ({ file }) => [
    `Look the greeting up. sim:call(look_up_greeting|{"language":"German"}) ${edit(file, 'Hello', 'Guten Tag')}`,
  ],
  findProblems: (asked) =>
    hasText(asked, 'page 4711, German') ? [] : ['the result of the MCP tool did not reach the model'],
};

/** Codex declares its freeform tool for models that it knows; the gateway maps these to the default model. */
export const PATCH = {
  ...EDIT,
  name: 'apply_patch',
  model: 'gpt-5.5',
  findProblems: (asked) =>
    hasText(asked, '*** Update File: ') ? [] : ['the file was not edited by a patch'],
};

/** The thinking of the first turn is sent back in the second. */
export const THINKING = {
  ...EDIT,
  name: 'thinking kept',
  upstreams: ['self-hosted', 'official API'],
  model: CLAUDE_MODEL,
  writePrompts: ({ file }) => [edit(file, 'Hello', 'Moin'), edit(file, 'Moin', 'Guten Tag')],
  findProblems: (asked) => {
    const messages = asked.at(-1)?.messages ?? [];
    const secondTurn = messages.findIndex(
      ({ role, content }) => role === 'user' && hasText(content, 'sim:edit') && hasText(content, '|Moin|'),
    );
    const answers = messages.slice(0, Math.max(secondTurn, 0)).filter(({ role }) => role === 'assistant');
    if (answers.length === 0) return ['the second turn came without the first'];
    const lost = answers.filter(({ reasoning_content: thinking }) => !thinking).length;
    return lost === 0
      ? []
      : [`the thinking of ${lost} of the ${answers.length} answers of the first turn was lost`];
  },
};

/** A sub-agent on Claude Code's small model, which maps to the cheapest text model of the upstream. */
export const BACKGROUND_MODEL = {
  ...EDIT,
  name: 'haiku sub-agent',
  upstreams: ['official API'],
  model: CLAUDE_MODEL,
  writePrompts: ({ file }) => {
    const task = { description: 'Greet', prompt: 'Say hello.', subagent_type: 'Explore', model: 'haiku' };
    const call = `sim:call(Agent|${JSON.stringify({ ...task, run_in_background: false })})`;
    return [`${call} ${edit(file, 'Hello', 'Guten Tag')}`];
  },
  findProblems: (asked) => {
    const models = [...new Set(asked.map(({ model }) => model))].sort().join(' ');
    return models === 'glm-4.5 glm-4.7-flashx' ? [] : [`the models asked were ${models}`];
  },
};

function readAndEdit({ folder, file }) {
  return [`Look at picture.png. sim:read(${folder}/picture.png) ${edit(file, 'Hello', 'Guten Tag')}`];
}

function edit(file, old, fresh) {
  return `Replace ${old} by ${fresh} in ${file}. sim:edit(${file}|${old}|${fresh})`;
}

/** Descriptions of tools mention pictures as well. */
function messagesHaveText(asked, text) {
  return asked.some(({ messages }) => hasText(messages, text));
}

function hasText(value, text) {
  return JSON.stringify(value ?? null).includes(text);
}
