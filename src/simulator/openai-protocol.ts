/** The OpenAI-like endpoints: Z.ai's API under its two bases, and a self-hosted GLM under `/v1`. */
import type { AnyBody } from './conversation.js';
import { findTurn, positiveInteger, type Turn } from './conversation.js';
import { codeFailure, errorEvent, wholeError } from './failures.js';
import { findOfficialModel, readCreatedAt } from './model-rows.js';
import { type OpenAiAnswer, openAiBody, openAiEvents } from './openai-chunks.js';
import { planAnswer, type Tally } from './plan.js';
import { eventStream, json, type Reply } from './reply.js';
import type { Scenario } from './scenarios.js';
import { findServer, SELF_HOSTED_CONTEXT, type Server } from './servers.js';
import { addFaults } from './stream-faults.js';
import { applyOddForm } from './stream-forms.js';
import { chooseOfficialDepth, chooseServerDepth } from './thinking.js';
import { type Call, callOf, chooseCalls, type DeclaredTool, quoteToolResults } from './tools.js';

type OpenAiDialect = OpenAiAnswer['dialect'];

export function openAiUnauthorized(dialect: OpenAiDialect, missing: boolean): Reply {
  if (dialect === 'self-hosted') return json(401, { error: 'Unauthorized' });
  return codeFailure(missing ? '1001' : '1000', 'zai');
}

/** `ids`: what the API says that it has. */
export function officialModels(ids: readonly string[]): Reply {
  const data = ids.map((id) => {
    const row = findOfficialModel(id);
    return { id, object: 'model', created: row ? readCreatedAt(row) : 0, owned_by: 'z-ai' };
  });
  return json(200, { object: 'list', data });
}

export function selfHostedModels(served: readonly string[], { ownedBy, onlyOneModel }: Server): Reply {
  const data = served.slice(0, onlyOneModel ? 1 : served.length).map((id) => {
    const model = { id, object: 'model', created: 1_753_632_000, owned_by: ownedBy };
    // llama.cpp tells the context in `meta`, vLLM beside the name.
    return onlyOneModel
      ? { ...model, meta: { n_ctx_train: SELF_HOSTED_CONTEXT } }
      : { ...model, root: id, max_model_len: SELF_HOSTED_CONTEXT };
  });
  return json(200, { object: 'list', data });
}

interface ChatContext {
  model: string;
  scenario: Scenario;
  /** Tokens of the prompt that the account has cached. */
  cached: number;
  tally?: Tally;
}

/** A stream when `stream` is true, else one JSON object. */
export function openAiChat(dialect: OpenAiDialect, body: AnyBody, context: ChatContext): Reply {
  const answer = planOpenAi(dialect, body, context);
  return body.stream === true ? streamed(answer) : whole(answer);
}

function planOpenAi(dialect: OpenAiDialect, body: AnyBody, context: ChatContext): OpenAiAnswer {
  const { model, scenario, cached, tally } = context;
  const turn = findTurn(body);
  const official = dialect === 'zai' ? findOfficialModel(model) : undefined;
  const calls = callsFor(body, scenario, turn);
  const plan = planAnswer(scenario, {
    question: turn.question,
    body,
    depth: official ? chooseOfficialDepth(official, body) : chooseServerDepth(body),
    maxTokens: positiveInteger(body.max_completion_tokens) ?? positiveInteger(body.max_tokens),
    stop: [body.stop ?? []].flat().filter((entry: unknown) => typeof entry === 'string' && entry !== ''),
    content: quoteToolResults(turn),
    tally,
  });
  return {
    dialect,
    model: scenario.text('served') ?? model,
    plan: calls.length > 0 ? { ...plan, content: [] } : plan,
    scenario,
    calls,
    streamsCalls: dialect === 'self-hosted' || (body.tool_stream === true && official?.toolStream === true),
    cached,
    usageChunk: body.stream_options?.include_usage === true,
  };
}

function streamed(answer: OpenAiAnswer): Reply {
  const { scenario, dialect } = answer;
  if (scenario.has('whole')) return labelled(json(200, openAiBody(answer)), scenario);
  const events = applyOddForm(openAiEvents(answer), scenario);
  const afterwards = dialect === 'self-hosted' ? 'data: [DONE]\n\n' : '';
  const steps = addFaults(events, scenario, errorEvent(scenario, dialect) + afterwards);
  return labelled(eventStream(steps, scenario.number('pace'), scenario.has('apart')), scenario);
}

/** Under another content type, if the scenario says so. */
function labelled(reply: Reply, scenario: Scenario): Reply {
  const type = scenario.text('content-type');
  return type === undefined ? reply : { ...reply, headers: { ...reply.headers, 'content-type': type } };
}

/** A whole answer in which something happens is sent in four pieces, with the fault after the first one. */
function whole(answer: OpenAiAnswer): Reply {
  const { scenario, dialect } = answer;
  if (scenario.has('error-mid')) return wholeError(scenario, dialect);
  const reply = json(200, openAiBody(answer));
  const text = String(reply.body);
  const quarter = Math.ceil(text.length / 4);
  const pieces = [0, 1, 2, 3].map((i) => text.slice(i * quarter, (i + 1) * quarter));
  const steps = addFaults(pieces, scenario.afterFirst(), '');
  return steps === pieces ? reply : { ...reply, body: steps };
}

/** Calls that the scenario wants, or else the choice of tools. The official API knows no choice but `auto`. */
function callsFor(body: AnyBody, scenario: Scenario, turn: Turn): Call[] {
  const { tools, tool_choice: choice, parallel_tool_calls: parallel } = body;
  if (choice === 'none' || !Array.isArray(tools)) return [];
  const declared: DeclaredTool[] = tools.map((tool) => tool?.function).filter((tool) => tool?.name);
  const name = findServer(scenario).takesNamedToolForAuto ? undefined : choice?.function?.name;
  const chosen = name === undefined ? declared : declared.filter((tool) => tool.name === name);
  const calls = chooseCalls(scenario, chosen, turn);
  const forced = calls.length > 0 || (choice !== 'required' && name === undefined);
  const all = forced ? calls : chosen.slice(0, 1).map(callOf);
  return parallel === false ? all.slice(0, 1) : all;
}
