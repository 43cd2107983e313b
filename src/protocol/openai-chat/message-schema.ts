/** The messages of a chat completion as JSON Schema, for the document; `parse-messages.ts` parses them. */
import { describe, type JsonSchema, nullable, ref } from '../field-docs.js';

/** `components.schemas` that `ChatCompletionRequest` refers to. */
export const MESSAGE_SCHEMAS: Readonly<Record<string, JsonSchema>> = {
  ContentPart: {
    oneOf: [
      {
        type: 'object',
        required: ['type', 'text'],
        properties: { type: { const: 'text' }, text: { type: 'string' } },
      },
      {
        type: 'object',
        required: ['type', 'image_url'],
        properties: {
          type: { const: 'image_url' },
          image_url: {
            type: 'object',
            required: ['url'],
            properties: {
              url: {
                type: 'string',
                ...describe(
                  'A data URL (`data:image/png;base64,…`), or an address for the upstream to fetch.',
                  'data URL（`data:image/png;base64,…`），或由上游去下载的地址。',
                ),
              },
              detail: { type: 'string' },
            },
          },
        },
      },
    ],
  },
  ToolCall: {
    type: 'object',
    required: ['id', 'type', 'function'],
    properties: {
      id: { type: 'string', minLength: 1 },
      type: { const: 'function' },
      function: {
        type: 'object',
        required: ['name', 'arguments'],
        properties: {
          name: { type: 'string', minLength: 1 },
          arguments: {
            type: 'string',
            ...describe('JSON, as the model wrote it.', '模型给出的 JSON 文本。'),
          },
        },
      },
    },
  },
  Message: {
    type: 'object',
    required: ['role'],
    properties: {
      role: { type: 'string', enum: ['system', 'developer', 'user', 'assistant', 'tool'] },
      content: {
        anyOf: [{ type: 'string' }, { type: 'array', items: ref('ContentPart') }, { type: 'null' }],
      },
      reasoning_content: nullable('string'),
      tool_calls: { type: ['array', 'null'], items: ref('ToolCall') },
      tool_call_id: { type: 'string' },
    },
  },
};
