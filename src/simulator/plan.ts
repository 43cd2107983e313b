/** The content of one answer, independent of the protocol. */
import { composeAnswer } from './answers.js';
import { findTurn } from './conversation.js';
import { makeJsonAnswer } from './json-answer.js';
import { promptTokens, recallThinking } from './prompt.js';
import { removeWords, type Scenario } from './scenarios.js';
import { splitPieces } from './text.js';
import type { ThinkingDepth } from './thinking.js';

export interface PlanOptions {
  question: string;
  body: unknown;
  depth: ThinkingDepth;
  maxTokens: number | undefined;
  stop: string[];
  /** Text instead of the usual answer. */
  content?: string | undefined;
  /** What the account has used so far. */
  tally?: Tally | undefined;
  /** Calls that are written as text. They take precedence over everything else that is asked for. */
  calls?: string | undefined;
}

/** Tokens, counted while answers are read. */
export interface Tally {
  inputTokens: number;
  outputTokens: number;
}

/** Pieces of text, to be iterated once. One piece counts as one token. */
export interface Plan {
  reasoning: Iterable<string>;
  content: Iterable<string>;
  promptTokens: number;
  /** Counted while the pieces are read. */
  spent: { reasoning: number; content: number; cutShort: boolean };
}

export interface Usage {
  prompt_tokens: number;
  completion_tokens: number;
  total_tokens: number;
}

const MEGABYTE = 1_000_000;

export function planAnswer(scenario: Scenario, options: PlanOptions): Plan {
  const spent = { reasoning: 0, content: 0, cutShort: false };
  const limit = options.maxTokens ?? Number.POSITIVE_INFINITY;
  const input = promptTokens(options.body);
  const { tally = { inputTokens: 0, outputTokens: 0 } } = options;
  tally.inputTokens += input;
  const count = (pieces: Iterable<string>, kind: 'reasoning' | 'content') =>
    counted(pieces, spent, kind, limit, tally);
  return {
    reasoning: count(splitReasoning(scenario, options), 'reasoning'),
    content: count(splitContent(scenario, options), 'content'),
    promptTokens: input,
    spent,
  };
}

export function countUsage(plan: Plan): Usage {
  const completion = plan.spent.reasoning + plan.spent.content;
  return {
    prompt_tokens: plan.promptTokens,
    completion_tokens: completion,
    total_tokens: plan.promptTokens + completion,
  };
}

function splitReasoning(scenario: Scenario, options: PlanOptions): Iterable<string> {
  const lines = scenario.number('think-long');
  if (lines !== undefined) return longThinking(lines);
  if (options.depth === 'none' || chooseFixedContent(scenario, options) !== undefined) return [];
  return splitPieces(composeAnswer(removeWords(options.question), options.depth).reasoning);
}

function splitContent(scenario: Scenario, options: PlanOptions): Iterable<string> {
  const content =
    options.calls ??
    chooseFixedContent(scenario, options) ??
    makeJsonAnswer(scenario, options.body, findTurn(options.body)) ??
    options.content ??
    composeAnswer(removeWords(options.question)).content;
  return typeof content === 'string' ? splitPieces(cutAtStop(content, options.stop)) : content;
}

/** Content that the scenario sets; without thinking unless `sim:think-long` asks for it. */
function chooseFixedContent(scenario: Scenario, options: PlanOptions): string | Iterable<string> | undefined {
  const huge = scenario.number('huge-line');
  const document = scenario.number('document');
  const size = scenario.number('size');
  const events = scenario.number('events') ?? (size === undefined ? undefined : 20);
  if (scenario.has('say')) return scenario.text('say') ?? '';
  if (scenario.has('recall')) return recallThinking(options.body);
  if (scenario.has('echo-body')) return `\`\`\`json\n${JSON.stringify(options.body, null, 2)}\n\`\`\`\n`;
  if (huge !== undefined) return [filler(huge)];
  if (document !== undefined) return repeated(filler(MEGABYTE), Math.floor(document / MEGABYTE) + 1);
  if (events !== undefined) return repeated(filler(size ?? 6), events);
  return undefined;
}

function cutAtStop(content: string, stop: string[]): string {
  const ends = stop.map((text) => content.indexOf(text)).filter((at) => at >= 0);
  return content.slice(0, Math.min(content.length, ...ends));
}

function filler(bytes: number): string {
  return ' token'.repeat(Math.ceil(bytes / 6)).slice(0, Math.max(1, bytes));
}

/** The same string each time, so that its event is encoded once. */
function* repeated(piece: string, count: number): Generator<string> {
  for (let i = 0; i < count; i++) yield piece;
}

function* longThinking(lines: number): Generator<string> {
  for (let i = 1; i <= lines; i++) {
    const end = i < lines ? '\n' : '';
    yield* splitPieces(`Thought ${i}: 思考 with an indented\n    step_${i}() 🙂${end}`);
  }
}

function* counted(
  pieces: Iterable<string>,
  spent: Plan['spent'],
  kind: 'reasoning' | 'content',
  limit: number,
  tally: Tally,
): Generator<string> {
  for (const piece of pieces) {
    if (spent.reasoning + spent.content >= limit) {
      spent.cutShort = true;
      return;
    }
    spent[kind]++;
    tally.outputTokens++;
    yield piece;
  }
}
