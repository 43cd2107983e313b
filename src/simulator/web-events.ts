/** One answer as the web chat writes it: thinking markup, edits, and the events around the end. */
import { countUsage, type Plan, type Usage } from './plan.js';
import type { Scenario } from './scenarios.js';
import { countCodePoints } from './text.js';
import { renderNativeBlock } from './web-tools.js';

const opening = '<details type="reasoning" done="';
const attributes = 'view="" last_tool_call_name="">\n<summary>';

/** One event as it stands on the wire. */
export function webEvent(data: object): string {
  return `data: ${JSON.stringify({ type: 'chat:completion', data })}\n\n`;
}

/** Each string is one event, but the last one, which is all that follows the text, joined. */
export function* webEvents(plan: Plan, scenario: Scenario, model: string): Generator<string> {
  const document = new DeltaWriter();
  const pieces = plan.content[Symbol.iterator]();
  const reasoning = [...plan.reasoning];
  if (reasoning.length > 0) {
    yield* thinkingEvents(document, reasoning);
    yield transition(document, reasoning, pieces.next().value ?? '');
  }
  if (scenario.text('tools-as') === 'block') yield document.insert(renderNativeBlock(), 'tool_call');
  let held: string | undefined;
  for (let next = pieces.next(); !next.done; next = pieces.next()) {
    if (held !== undefined) yield document.append(held, 'answer');
    held = next.value;
  }
  const joined = held !== undefined && scenario.has('done-with-content');
  if (held !== undefined && !joined) yield document.append(held, 'answer');
  yield joined
    ? webEvent({ delta_content: held, phase: 'answer', done: true, ...usagePart(plan, scenario) })
    : ending(plan, scenario, model, document.length);
}

/** Encodes deltas and tracks the length of the document. Equal texts are encoded once. */
class DeltaWriter {
  length = 0;
  #text: string | undefined;
  #phase = '';
  #event = '';
  #textLength = 0;

  append(text: string, phase: string): string {
    if (text !== this.#text || phase !== this.#phase) {
      this.#text = text;
      this.#phase = phase;
      this.#event = webEvent({ delta_content: text, phase });
      this.#textLength = countCodePoints(text);
    }
    this.length += this.#textLength;
    return this.#event;
  }

  /** The same by an edit at the end. */
  insert(text: string, phase: string): string {
    const at = this.length;
    this.length += countCodePoints(text);
    return webEvent({ edit_index: at, edit_content: text, phase });
  }
}

/** The first event holds the wrapper and the first words; a line's `> ` comes in two halves, as recorded. */
function* thinkingEvents(document: DeltaWriter, reasoning: string[]): Generator<string> {
  const [first = '', ...rest] = reasoning;
  const pieces = rest.map(quoted);
  const chunks = [`${opening}false" ${attributes}Thinking…</summary>\n> ${quoted(first)}`, ...pieces];
  for (let i = 0; i < chunks.length; i++) {
    const lineFollows = chunks[i + 1]?.startsWith('\n>');
    const chunk = i > 0 && chunks[i]?.startsWith('\n>') ? chunks[i]?.slice(2) : chunks[i];
    yield document.append(lineFollows ? `${chunk}\n>` : (chunk ?? ''), 'thinking');
  }
}

function quoted(text: string): string {
  return text.replaceAll('\n', '\n> ');
}

/** Closes the thinking: cuts the document inside the opening tag and sends all of the reasoning again. */
function transition(document: DeltaWriter, reasoning: string[], answer: string): string {
  const seconds = Math.max(1, Math.round(reasoning.length / 20));
  const summary = `Thought for ${seconds} seconds</summary>`;
  const body = `${quoted(reasoning.join(''))}\n</details>\n${answer}`;
  const edit = `true" duration="${seconds}" ${attributes}${summary}\n> ${body}`;
  document.length = opening.length + countCodePoints(edit);
  return webEvent({ edit_index: opening.length, edit_content: edit, phase: 'answer' });
}

function ending(plan: Plan, scenario: Scenario, model: string, documentLength: number): string {
  const usage = usagePart(plan, scenario);
  const events = [
    ...(scenario.has('no-usage') ? [] : [webEvent({ ...usage, phase: 'other' })]),
    webEvent({ ...summary(model, plan.spent.cutShort ? 'length' : 'stop'), ...usage, phase: 'answer' }),
    ...(scenario.has('no-done') ? [] : [webEvent({ done: true, delta_content: '', phase: 'done' })]),
    ...(scenario.has('no-done') ? [] : [trailing(usage, documentLength)]),
    ...(scenario.has('done-line') ? ['data: [DONE]\n\n'] : []),
  ];
  return events.join('');
}

function usagePart(plan: Plan, scenario: Scenario): { usage?: Usage & object } {
  if (scenario.has('no-usage')) return {};
  const usage = countUsage(plan);
  return {
    usage: { ...usage, prompt_tokens_details: { cached_tokens: 0 }, words: plan.spent.content } as Usage,
  };
}

/** An OpenAI-shaped object that carries no text. */
function summary(model: string, finishReason: string): object {
  const created = Math.floor(Date.now() / 1000);
  const choices = [{ index: 0, delta: { role: 'assistant' }, finish_reason: finishReason }];
  return { id: 'chatcmpl-simulated', object: 'chat.completion.chunk', created, model, choices };
}

/** The one event after the done event; its empty edit stands at the end of the document. */
function trailing(usage: object, documentLength: number): string {
  const edit = { edit_index: documentLength, edit_content: '' };
  return webEvent({
    role: 'assistant',
    ...usage,
    message_id: 'simulated',
    done: true,
    ...edit,
    phase: 'other',
  });
}
