/** One answer as Z.ai's API and vLLM write it: chunks, or one JSON object. */
import { randomBytes } from 'node:crypto';
import { splitCalls } from './call-forms.js';
import { countUsage, type Plan } from './plan.js';
import type { Scenario } from './scenarios.js';
import { splitPieces } from './text.js';
import { type Call, callBody } from './tools.js';

export interface OpenAiAnswer {
  dialect: 'zai' | 'self-hosted';
  model: string;
  plan: Plan;
  scenario: Scenario;
  calls: readonly Call[];
  /** Their arguments are streamed, too. */
  streamsCalls: boolean;
  /** Tokens of the prompt that come from the account's cache. vLLM does not tell them. */
  cached: number;
  /** Only vLLM respects `stream_options.include_usage`. */
  usageChunk: boolean;
}

export function openAiEvent(data: object): string {
  return `data: ${JSON.stringify(data)}\n\n`;
}

/** Each string is one event, but the last one, which is all that follows the text, joined. */
export function* openAiEvents(answer: OpenAiAnswer): Generator<string> {
  const { plan, scenario, dialect } = answer;
  const writer = new ChunkWriter(answer);
  if (dialect === 'self-hosted') yield writer.chunk({ role: 'assistant', content: '' });
  for (const piece of plan.reasoning) yield writer.text(reasoningField(scenario), piece);
  let held: string | undefined;
  for (const piece of plan.content) {
    if (held !== undefined) yield writer.text('content', held);
    held = piece;
  }
  const last = scenario.has('done-with-content') ? held : undefined;
  if (last === undefined && held !== undefined) yield writer.text('content', held);
  yield* toolChunks(answer, writer);
  yield writer.ending(last ?? '');
}

/** The whole answer as one JSON object. */
export function openAiBody(answer: OpenAiAnswer): object {
  const { plan, scenario, calls, dialect } = answer;
  const reasoning = [...plan.reasoning].join('');
  const content = [...plan.content].join('');
  spend(calls, plan);
  const message = {
    role: 'assistant',
    content: calls.length > 0 && content === '' ? null : content,
    ...(reasoning !== '' || dialect === 'self-hosted'
      ? { [reasoningField(scenario)]: reasoning || null }
      : {}),
    ...(calls.length > 0 ? { tool_calls: calls.map(callBody) } : {}),
  };
  const choices = [{ index: 0, message, finish_reason: finishReason(answer) }];
  const usage = scenario.has('no-usage') ? {} : { usage: usagePart(answer) };
  const { id, ...identity } = makeIdentity(answer);
  if (dialect === 'self-hosted') return { id, object: 'chat.completion', ...identity, choices, ...usage };
  return { id, request_id: id, ...identity, choices, ...usage };
}

/** Builds the chunks of one response. Equal texts are encoded once. */
class ChunkWriter {
  readonly #identity: object;
  #field = '';
  #text: string | undefined;
  #event = '';

  constructor(private readonly answer: OpenAiAnswer) {
    const object = answer.dialect === 'self-hosted' ? { object: 'chat.completion.chunk' } : {};
    this.#identity = { ...makeIdentity(answer), ...object };
  }

  text(field: string, text: string): string {
    if (text !== this.#text || field !== this.#field) {
      this.#text = text;
      this.#field = field;
      this.#event = this.chunk({ ...this.#role(), [field]: text });
    }
    return this.#event;
  }

  /** Z.ai has no `finish_reason` before the end, vLLM has null. */
  chunk(delta: object): string {
    const rest = this.answer.dialect === 'self-hosted' ? { logprobs: null, finish_reason: null } : {};
    return this.#encode({ choices: [{ index: 0, delta, ...rest }] });
  }

  /** Z.ai: reason, empty delta and usage in one chunk. vLLM: the reason, then usage alone, when asked for. */
  ending(content: string): string {
    const { answer } = this;
    const { scenario, dialect } = answer;
    const choice = { index: 0, finish_reason: finishReason(answer), delta: { ...this.#role(), content } };
    const usage = scenario.has('no-usage') ? {} : { usage: usagePart(answer) };
    const done = scenario.has('no-done') ? '' : 'data: [DONE]\n\n';
    if (dialect === 'zai') return this.#encode({ choices: [choice], ...usage }) + done;
    const last = this.#encode({ choices: [choice] });
    return last + (answer.usageChunk && usage.usage ? this.#encode({ choices: [], ...usage }) : '') + done;
  }

  #role(): object {
    return this.answer.dialect === 'zai' ? { role: 'assistant' } : {};
  }

  #encode(data: object): string {
    return openAiEvent({ ...this.#identity, ...data });
  }
}

/** Each call as a whole in one chunk without a role, or its name first and then its arguments in pieces. */
function* toolChunks({ calls, streamsCalls: streamed, plan, scenario }: OpenAiAnswer, writer: ChunkWriter) {
  spend(calls, plan);
  for (const piece of splitCalls(calls, streamed, scenario.text('tools-as'))) {
    yield writer.chunk({ tool_calls: [piece] });
  }
}

/** A call's name and each piece of its arguments count as one token. */
function spend(calls: readonly Call[], { spent }: Plan): void {
  for (const call of calls) spent.content += 1 + splitPieces(call.arguments).length;
}

function reasoningField(scenario: Scenario): string {
  return scenario.has('reasoning-field') ? 'reasoning' : 'reasoning_content';
}

function finishReason({ scenario, plan, calls }: OpenAiAnswer): string {
  const usual = calls.length > 0 ? 'tool_calls' : 'stop';
  return scenario.text('finish') ?? (plan.spent.cutShort ? 'length' : usual);
}

function makeIdentity({ dialect, model }: OpenAiAnswer): { id: string; created: number; model: string } {
  const now = new Date();
  const random = randomBytes(8).toString('hex');
  const stamp = now.toISOString().replace(/\D/g, '').slice(0, 14);
  const id = dialect === 'self-hosted' ? `chatcmpl-${random}` : `${stamp}${random}`;
  return { id, created: Math.floor(now.getTime() / 1000), model };
}

function usagePart({ plan, dialect, cached }: OpenAiAnswer): object {
  if (dialect === 'self-hosted') return { ...countUsage(plan), prompt_tokens_details: null };
  return {
    ...countUsage(plan),
    prompt_tokens_details: { cached_tokens: cached },
    completion_tokens_details: { reasoning_tokens: plan.spent.reasoning },
  };
}
