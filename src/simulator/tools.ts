/** Which tools the simulated model calls next, whatever the protocol: a declared one, with arguments that fit its schema. */
import { randomBytes } from 'node:crypto';
import { hasSteps, nextStep } from './agent.js';
import type { AnyBody, Turn } from './conversation.js';
import type { Scenario } from './scenarios.js';
import { makeSample } from './schema-sample.js';
import { clip } from './text.js';

export interface DeclaredTool {
  name: string;
  parameters?: AnyBody;
}

export interface Call {
  id: string;
  name: string;
  /** JSON. */
  arguments: string;
}

/**
 * `sim:tools`: the next declared tool that was not called since the question; `sim:tools-parallel`: all of them at
 * once; `=N`: the first N. Empty once all were called, or without the word. `sim:read`, `sim:call`, `sim:edit`: see agent.ts.
 */
export function chooseCalls(scenario: Scenario, tools: readonly DeclaredTool[], turn: Turn): Call[] {
  if (hasSteps(scenario)) {
    const step = nextStep(scenario, tools, turn);
    return step ? [{ id: newId(), ...step }] : [];
  }
  const parallel = scenario.has('tools-parallel');
  if (!parallel && !scenario.has('tools')) return [];
  const wanted = scenario.number(parallel ? 'tools-parallel' : 'tools') ?? tools.length;
  const left = tools.slice(0, wanted).filter(({ name }) => !turn.called.includes(name));
  return (parallel ? left : left.slice(0, 1)).map(callOf);
}

/** The answer after the tool results, which it quotes. */
export function quoteToolResults({ results }: Turn): string | undefined {
  if (results.length === 0) return undefined;
  const quotes = results.map((result) => `“${clip(result, 200)}”`);
  return `*Simulated answer* — the tools said ${quotes.join(' and ')}.\n`;
}

/** With arguments that fit the tool's schema. */
export function callOf({ name, parameters }: DeclaredTool): Call {
  return { id: newId(), name, arguments: JSON.stringify(makeSample(parameters ?? { type: 'object' })) };
}

/** A call in OpenAI's form. */
export function callBody({ id, name, arguments: written }: Call): object {
  return { id, type: 'function', function: { name, arguments: written } };
}

function newId(): string {
  return `call_${randomBytes(8).toString('hex')}`;
}
