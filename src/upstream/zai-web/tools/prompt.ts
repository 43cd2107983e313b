/** Writes tools, calls and results as messages of the three roles that the web chat has. */
import {
  type AssistantMessage,
  type CompletionRequest,
  getText,
  type Message,
  type Tool,
  type ToolCall,
  type ToolMessage,
  withInstruction,
} from '../../../completion/request.js';
import { formatCall, formatResult, removeMarkers } from './format.js';

export interface WebMessage {
  readonly role: 'system' | 'user' | 'assistant';
  readonly content: string;
}

/** Characters of system text after which a model forgets how to call unless the last message says it again. */
export const LARGE_SYSTEM = 16_000;

/** The tools whose calls are looked for in the answer. */
export function listOfferedTools({ tools, toolChoice }: CompletionRequest): readonly Tool[] {
  return toolChoice === 'none' ? [] : tools;
}

export function buildWebMessages(request: CompletionRequest): WebMessage[] {
  const { messages, parallelToolCalls } = request;
  const tools = listOfferedTools(request);
  if (tools.length === 0) return messages.some(concernsTools) ? history(messages) : messages.map(plain);
  const instructed = withInstruction(history(messages), instruction(tools, parallelToolCalls)).map(plain);
  return withReminder(instructed);
}

function concernsTools(message: Message): boolean {
  return message.role === 'tool' || (message.role === 'assistant' && message.toolCalls !== undefined);
}

function plain(message: Message): WebMessage {
  return { role: message.role === 'tool' ? 'user' : message.role, content: getText(message) };
}

/** Calls become part of the assistant's text, and all results that follow one message of the user. */
function history(messages: readonly Message[]): WebMessage[] {
  const written: WebMessage[] = [];
  let asked: ToolCall[] = [];
  let answered = false;
  let results: ToolMessage[] = [];
  const writeResults = () => {
    if (results.length > 0) written.push({ role: 'user', content: formatResults(results, asked) });
    results = [];
  };
  for (const message of messages) {
    if (message.role === 'tool') {
      results.push(message);
      answered = true;
      continue;
    }
    writeResults();
    if (message.role === 'assistant') {
      // Some clients send each of parallel calls in a message of its own.
      if (answered) asked = [];
      answered = false;
      for (const call of message.toolCalls ?? []) asked.push(call);
      written.push({ role: 'assistant', content: formatAssistantMessage(message) });
    } else written.push({ role: message.role, content: removeMarkers(getText(message)) });
  }
  writeResults();
  return written;
}

/** Its own text stays as the model wrote it. */
function formatAssistantMessage({ content, toolCalls = [] }: AssistantMessage): string {
  const calls = toolCalls.map(({ name, arguments: written }) => formatCall(name, written.trim() || '{}'));
  return [content, ...calls].filter(Boolean).join('\n\n');
}

/** In the order of the calls, by which the model tells two results of one tool apart. */
function formatResults(results: readonly ToolMessage[], asked: readonly ToolCall[]): string {
  // Looked up, not searched: a hostile request holds tens of thousands of each.
  const places = new Map(asked.map(({ id }, index) => [id, index] as const).toReversed());
  const place = ({ callId }: ToolMessage) => places.get(callId) ?? -1;
  return results
    .toSorted((one, other) => place(one) - place(other))
    .map((result) => {
      const name = asked[place(result)]?.name ?? 'unknown';
      return formatResult(name, removeMarkers(getText(result)));
    })
    .join('\n\n');
}

function instruction(tools: readonly Tool[], parallel: boolean): string {
  return [
    '# Tools',
    `You can use the tools below. To call one, write exactly this, with the tool's name and its arguments as one JSON object that fits its schema:`,
    formatCall('NAME', '{"argument": "value"}'),
    [
      'Rules:',
      '- Write calls in your answer, never in your thinking, and in no code fence. You may say before them what you are about to do.',
      '- The arguments are strict JSON: inside of strings, quotes are written \\" and line ends \\n. A tool without arguments gets {}.',
      parallel
        ? '- Calls that do not depend on each other may follow one another. Never write the same call twice.'
        : '- Write only one call in an answer.',
      `- End your answer after the last call. The results come in the next message as <tool_result>, in the order of the calls; never write them yourself.`,
      '- Do not announce a call without writing it. Call only tools of this list; where none is needed, just answer.',
    ].join('\n'),
    'The tools, one JSON object per line:',
    tools.map((tool) => removeMarkers(JSON.stringify(tool))).join('\n'),
  ].join('\n\n');
}

/** At the end of what the user says, so that it stays one question. */
function withReminder(messages: readonly WebMessage[]): WebMessage[] {
  const systemLength = messages.reduce(
    (sum, one) => sum + (one.role === 'system' ? one.content.length : 0),
    0,
  );
  const last = messages.at(-1);
  if (systemLength < LARGE_SYSTEM || last?.role !== 'user') return [...messages];
  const form = formatCall('NAME', '{…}').replaceAll('\n', ' ');
  const reminder = `(To use a tool, do not announce it: write ${form} and end your answer. Without a need for tools, just answer.)`;
  return [...messages.slice(0, -1), { role: 'user', content: `${last.content}\n\n${reminder}` }];
}
