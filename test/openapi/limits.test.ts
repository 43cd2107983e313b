/** Compares the limits in the document with the parsers: a value at the limit is accepted, one past it refused. */
import { expect } from 'chai';
import type { z } from 'zod';
import {
  Join,
  KeyChange,
  KeyImport,
  MemberChange,
  NewInvite,
  NewKey,
  NewMember,
  parseAdminBody,
  Rotation,
  ShownKey,
} from '../../src/protocol/admin/bodies.js';
import { anthropicMessages } from '../../src/protocol/anthropic-messages/protocol.js';
import { openaiChat } from '../../src/protocol/openai-chat/protocol.js';
import { openaiCompletions } from '../../src/protocol/openai-completions/protocol.js';
import { openaiResponses } from '../../src/protocol/openai-responses/protocol.js';
import { PASS_THROUGH_ENDPOINTS, parsePassThrough } from '../../src/protocol/pass-through.js';
import { ApiError } from '../../src/vocabulary/errors.js';
import { document, type Part } from './support.js';

const CALL = { id: 'c1', type: 'function', function: { name: 'look', arguments: '{}' } };
const SCHEMA = { type: 'object' };

const [embeddings, rerank] = PASS_THROUGH_ENDPOINTS.map((endpoint) => ({
  parse: (body: unknown) => parsePassThrough(body, endpoint),
}));

interface Parser {
  parse(body: unknown, enableThinking: boolean): unknown;
}

const adminBody = (schema: z.ZodObject): Parser => ({ parse: (body) => parseAdminBody(schema, body) });
const GLOBS = { models: ['glm-4.*'], budgets: [{ tokens: 2_000, period: 'day', hard: true }] };

/** A valid request for each body of the document, with a value wherever a nested limit is compared. */
const BODIES: Record<string, { protocol: Parser; valid: Part }> = {
  ChatCompletionRequest: {
    protocol: openaiChat,
    valid: {
      model: 'GLM-4.5',
      messages: [
        { role: 'assistant', tool_calls: [CALL], tool_call_id: 'c1', content: [{ type: 'text', text: 'x' }] },
        { role: 'tool', tool_call_id: 'c1', content: 'x' },
      ],
      response_format: { type: 'text', json_schema: { schema: SCHEMA } },
      tools: [{ type: 'function', function: { name: 'look' } }],
    },
  },
  ResponseRequest: {
    protocol: openaiResponses,
    valid: {
      model: 'GLM-4.5',
      input: [{ role: 'user', content: 'x' }],
      text: { format: { type: 'text', schema: SCHEMA } },
      tools: [{ type: 'function', name: 'look' }],
    },
  },
  AnthropicMessagesRequest: {
    protocol: anthropicMessages,
    valid: { model: 'GLM-4.5', messages: [{ role: 'user', content: [{ type: 'text', text: 'x' }] }] },
  },
  EmbeddingRequest: { protocol: embeddings as Parser, valid: { model: 'embedding-3', input: 'x' } },
  RerankRequest: { protocol: rerank as Parser, valid: { model: 'rerank', query: 'x', documents: ['x'] } },
  NewMember: { protocol: adminBody(NewMember), valid: { id: 'alice', ...GLOBS } },
  MemberChange: { protocol: adminBody(MemberChange), valid: GLOBS },
  NewKey: { protocol: adminBody(NewKey), valid: { member: 'alice', ...GLOBS } },
  KeyChange: { protocol: adminBody(KeyChange), valid: GLOBS },
  NewInvite: { protocol: adminBody(NewInvite), valid: { member: 'bob' } },
  Join: { protocol: adminBody(Join), valid: { token: 'x'.repeat(43) } },
  ShownKey: { protocol: adminBody(ShownKey), valid: { key: 'key-of-ann' } },
  Rotation: { protocol: adminBody(Rotation), valid: {} },
  KeyImport: { protocol: adminBody(KeyImport), valid: { keys: [{ name: 'ann', key: 'key-of-ann' }] } },
  TextCompletionRequest: { protocol: openaiCompletions, valid: { model: 'GLM-4.5', prompt: ['x'] } },
};

/** Required members of tool calls that answers always have, and requests may leave out. */
const TOLERATED = ['messages.0.tool_calls.0.type', 'messages.0.tool_calls.0.function.arguments'];

type Path = readonly (string | number)[];

interface Edge {
  readonly path: Path;
  readonly limit: string;
  readonly accepted: unknown;
  readonly refused: unknown;
}

describe('The limits of request bodies in the document', () => {
  it('are compared for every body that the document has', () => {
    const bodies = Object.values(document.paths)
      .flatMap((methods) => Object.values(methods) as Part[])
      .map(({ requestBody }) => requestBody?.content['application/json'].schema.$ref.split('/').at(-1));
    expect(new Set(bodies.filter(Boolean))).to.deep.equal(new Set(Object.keys(BODIES)));
  });

  for (const [name, { protocol, valid }] of Object.entries(BODIES)) {
    const schema = document.components.schemas[name] as Part;
    const edges = [...edgesOf(schema, valid, [])];

    it(`are compared for every field of ${name} that has one`, () => {
      const limited = Object.entries(schema.properties).filter(([, field]) => hasLimit(field));
      const tried = new Set(edges.map(({ path }) => path[0]));
      expect(limited.map(([field]) => field).filter((field) => !tried.has(field))).to.deep.equal([]);
    });

    for (const { path, limit, accepted, refused } of edges) {
      const field = path.join('.');
      it(`hold for the parser of ${name}: ${limit} of ${field}`, () => {
        expect(refusal(protocol, withValue(valid, path, accepted)), 'at the limit').to.equal(undefined);
        const error = refusal(protocol, withValue(valid, path, refused));
        expect(error, 'past the limit').to.include({ status: 400 });
        const named = error?.param?.replaceAll(/\[(\d+)\]/g, '.$1');
        expect(named, 'the field that the error names').to.satisfy((param: string) => isNear(param, field));
      });
    }
  }
});

/** Whether the error names the field, a part of it, or its parent. */
function isNear(param: string, field: string): boolean {
  return param.startsWith(field) || field.startsWith(param);
}

function refusal(protocol: Parser, body: unknown): ApiError | undefined {
  try {
    protocol.parse(structuredClone(body), false);
    return undefined;
  } catch (error) {
    if (error instanceof ApiError) return error;
    throw error;
  }
}

const LIMITS = ['minimum', 'maximum', 'minLength', 'maxLength', 'minItems', 'maxItems', 'enum', 'const'];

function hasLimit(schema: Part): boolean {
  return LIMITS.some((name) => name in schema) || optionsOf(schema).some(hasLimit);
}

/** Yields each limit of a schema, and of its members that `value` has. */
function* edgesOf(given: Part, value: Part, path: Path): Generator<Edge> {
  const schema = given.$ref ? (document.components.schemas[given.$ref.split('/').at(-1)] as Part) : given;
  for (const [limit, accepted, refused] of limitsOf(schema, value)) yield { path, limit, accepted, refused };
  for (const option of optionsOf(schema)) yield* edgesOf(option, value, path);
  for (const name of schema.required ?? []) {
    const accepted = value?.[name];
    const field = [...path, name];
    if (accepted === undefined || TOLERATED.includes(field.join('.'))) continue;
    yield { path: field, limit: 'presence', accepted, refused: undefined };
  }
  for (const [name, field] of Object.entries(schema.properties ?? {})) {
    if (path.length === 0 || value?.[name] !== undefined)
      yield* edgesOf(field, value?.[name], [...path, name]);
  }
  if (Array.isArray(value) && schema.items) yield* edgesOf(schema.items, value[0], [...path, 0]);
}

function optionsOf({ anyOf = [], oneOf = [] }: Part): Part[] {
  return [...anyOf, ...oneOf].filter(({ type }) => type !== 'null');
}

function* limitsOf(
  schema: Part,
  value: Part,
): Generator<[limit: string, accepted: unknown, refused: unknown]> {
  const { minimum, maximum, minLength, maxLength, minItems, maxItems } = schema;
  const text = (length: number) => 'x'.repeat(length);
  const items = (count: number) => Array.from({ length: count }, () => value?.[0] ?? 'text');
  if (minimum !== undefined) yield ['minimum', minimum, minimum - 1];
  if (maximum !== undefined) yield ['maximum', maximum, maximum + 1];
  if (minLength !== undefined) yield ['minLength', text(minLength), text(minLength - 1)];
  if (maxLength !== undefined) yield ['maxLength', text(maxLength), text(maxLength + 1)];
  if (minItems !== undefined) yield ['minItems', items(minItems), items(minItems - 1)];
  if (maxItems !== undefined) yield ['maxItems', items(maxItems), items(maxItems + 1)];
  for (const one of schema.enum ?? []) yield [`value ${JSON.stringify(one)}`, one, valueBeside(schema.enum)];
  if (schema.type === 'null') yield ['null', null, 1];
}

/** A value of the same type that is not listed. */
function valueBeside(values: readonly unknown[]): unknown {
  const [first] = values;
  if (typeof first === 'boolean') return !first;
  return typeof first === 'number' ? first + 1 : 'no such value';
}

function withValue(body: Part, [name, ...rest]: Path, value: unknown): Part {
  if (name === undefined) return value;
  const copy = Array.isArray(body) ? [...body] : { ...body };
  copy[name] = withValue(body?.[name], rest, value);
  return copy;
}
