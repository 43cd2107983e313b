/** Requests that a server refuses because of the scenario, its kind or its model. */
import { type AnyBody, readMessages, readModelName } from './conversation.js';
import { errorResponse, type SimulatedError } from './error-forms.js';
import { errorReply } from './failures.js';
import { promptTokens } from './prompt.js';
import type { Reply } from './reply.js';
import type { Scenario } from './scenarios.js';
import { type Field, findServer, SELF_HOSTED_CONTEXT, type Server, zai } from './servers.js';

/** vLLM knows exactly the names it was started with. */
export const SERVED_MODELS = ['glm-4.5', 'zai-org/GLM-4.6'];

/** The body without the fields that this server ignores. */
export function readBody(body: AnyBody, scenario: Scenario): AnyBody {
  const ignored = [...(findServer(scenario).ignored ?? []), ...scenario.list('ignores')];
  if (ignored.length === 0) return body;
  return Object.fromEntries(Object.entries(body ?? {}).filter(([name]) => !ignored.includes(name)));
}

/** `sim:refuses`, `sim:refuses-value` and `sim:context`, at the official API as well. */
export function findScenarioRefusal(
  body: AnyBody,
  scenario: Scenario,
  server: Server = zai,
): Reply | undefined {
  const unknown = scenario.list('refuses').flatMap((path) => fieldsAt(body, path));
  if (unknown.length > 0) return refusal(server, server.unknownFields(unknown));
  const [wrong] = scenario.list('refuses-value').flatMap((path) => fieldsAt(body, path));
  if (wrong) return refusal(server, server.wrongValue(wrong));
  const context = scenario.number('context') ?? SELF_HOSTED_CONTEXT;
  const tokens = promptTokens(body);
  if (tokens <= context || (server === zai && !scenario.has('context'))) return undefined;
  const error = server.promptTooLong(tokens, context);
  return refusal(server, { ...error, status: scenario.number('status') ?? error.status });
}

/** A self-hosted server wants messages, a model that it serves, and tools to choose from. */
export function findServerRefusal(
  body: AnyBody,
  scenario: Scenario,
  served: readonly string[],
): Reply | undefined {
  const server = findServer(scenario);
  const refuse = (status: number, message: string) => errorReply('self-hosted', status, message);
  if (!Array.isArray(body?.messages)) return refuse(400, "[{'loc': ('body', 'messages')}] Field required");
  if (body.tool_choice && body.tool_choice !== 'none' && !body.tools?.length)
    return refuse(400, 'When using `tool_choice`, `tools` must be set.');
  const model = readModelName(body);
  if (!server.onlyOneModel && !served.includes(model))
    return refuse(404, `The model \`${model}\` does not exist.`);
  // llama.cpp reads text unless it is given a second file for images.
  const textOnly = scenario.has('text-only') || server.onlyOneModel;
  if (textOnly && readMessages(body).some(showsImage)) return refusal(server, server.noImages(model));
  return findScenarioRefusal(body, scenario, server);
}

function refusal(server: Server, error: SimulatedError): Reply {
  return errorResponse(server.form, error);
}

function showsImage({ content }: AnyBody): boolean {
  return Array.isArray(content) && content.some((part: AnyBody) => part?.type === 'image_url');
}

/** The fields at a dotted path; in a list every entry is looked at: `messages.reasoning_content`. */
function fieldsAt(body: AnyBody, path: string): Field[] {
  return walk(body, path.split('.'), []);
}

function walk(value: AnyBody, steps: string[], trail: (string | number)[]): Field[] {
  const [step, ...rest] = steps;
  if (step === undefined) return value === undefined ? [] : [{ path: trail.join('.'), value }];
  if (Array.isArray(value)) {
    // A message's place holds its role, as pydantic tells it.
    return value.flatMap((entry, at) => walk(entry, steps, trail.concat(at, entry?.role ?? [])));
  }
  if (typeof value !== 'object' || value === null) return [];
  return walk(value[step], rest, [...trail, step]);
}
