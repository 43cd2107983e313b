/**
 * Tools on the web chat, which has none of its own: a model that was told in its prompt how to write calls does so,
 * and reads calls and results there.
 */
import { type AnyBody, readMessages, readText } from './conversation.js';
import type { Scenario } from './scenarios.js';
import type { Call, DeclaredTool } from './tools.js';

const CALL_OPEN = '<tool_request name="';
const NAME_END = '">';
const CALL_CLOSE = '</tool_request>';
const CALL = new RegExp(`${CALL_OPEN}(.*?)${NAME_END}\\n([\\s\\S]*?)\\n${CALL_CLOSE}`, 'g');
const RESULT = /<tool_result name="(.*?)">\n([\s\S]*?)\n<\/tool_result>/g;

/** The web chat does not know such messages: any of them causes an internal error. */
export function hasNativeTools(body: AnyBody): boolean {
  const foreign = (message: AnyBody) =>
    message?.tool_calls !== undefined || !['system', 'user', 'assistant'].includes(message?.role);
  return body?.tools !== undefined || readMessages(body).some(foreign);
}

/** The request with the calls and results of its prompt converted to native ones. */
export function dropIgnoredFields(body: AnyBody): AnyBody {
  const messages = readMessages(body);
  if (!messages.some(({ content }) => /<tool_re(quest|sult) /.test(readText(content)))) return body;
  return { ...body, messages: messages.flatMap(messageUnderstood) };
}

/** The tools that the prompt declares, one JSON object per line. */
export function declaredTools(body: AnyBody): DeclaredTool[] {
  const system = readMessages(body).filter(({ role }) => role === 'system');
  const lines = system.flatMap(({ content }) => readText(content).split('\n'));
  if (!lines.some((line) => line.startsWith(CALL_OPEN))) return [];
  return lines.filter((line) => line.startsWith('{"name":')).map((line) => JSON.parse(line));
}

function messageUnderstood(message: AnyBody): AnyBody[] {
  const text = readText(message?.content);
  if (message?.role === 'assistant') {
    const calls = [...text.matchAll(CALL)].map(([, name, written]) => ({
      type: 'function',
      function: { name, arguments: written },
    }));
    return [calls.length === 0 ? message : { ...message, tool_calls: calls }];
  }
  const results = message?.role === 'user' ? [...text.matchAll(RESULT)] : [];
  return results.length === 0
    ? [message]
    : results.map(([, name, content]) => ({ role: 'tool', name, content }));
}

function callText(name: string, written: string): string {
  return `${CALL_OPEN}${name}${NAME_END}\n${written}\n${CALL_CLOSE}`;
}

/** The calls as the model writes them; `sim:tools-as` selects a faulty form. */
export function writeCalls(calls: readonly Call[], scenario: Scenario): string {
  const [first = { name: '', arguments: '' }] = calls;
  const text = calls.map((call) => callText(call.name, call.arguments)).join('\n');
  switch (scenario.text('tools-as')) {
    case 'prose':
      return `Let me look.\n\n${text}\n\nI wait for it.`;
    case 'fence':
      return `\`\`\`json\n${text}\n\`\`\`\n`;
    case 'repairable':
      return callText(first.name, first.arguments.replace(/\}$/, ''));
    case 'hopeless':
      return callText(first.name, '{"arguments": @@@ ]]}{');
    case 'undeclared':
      return callText('undeclared_tool', first.arguments);
    case 'twice':
      return `${text}\n${text}`;
    case 'unclosed':
      return text.slice(0, -CALL_CLOSE.length);
    case 'cut':
      return text.slice(0, text.lastIndexOf('}'));
    default:
      return text;
  }
}

/** The block of a tool that the web chat itself ran. */
export function renderNativeBlock(): string {
  const metadata = { id: 'call_native', name: 'web_search', arguments: '{"q": "hidden"}', result: '' };
  const block = { type: 'mcp', data: { metadata, thought: null, ppt: null, browser: null } };
  return `\n\n<glm_block view="">${JSON.stringify(block)}</glm_block>`;
}
