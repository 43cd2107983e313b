/** Messages of a chat completion request: contents, tool calls and their results. */
import { described, type JsonSchema, nullable, object, ref } from '../schema.js';

const CONTENT: JsonSchema = {
  anyOf: [{ type: 'string' }, { type: 'array', items: ref('ContentPart') }, { type: 'null' }],
};

const TOOL_CALL = object({
  id: { type: 'string' },
  type: { const: 'function' },
  function: object({
    name: { type: 'string' },
    arguments: { type: 'string', ...described('JSON, as the model wrote it.', '模型给出的 JSON 文本。') },
  }),
});

export const MESSAGE_SCHEMAS: Record<string, JsonSchema> = {
  ContentPart: {
    oneOf: [
      object({ type: { const: 'text' }, text: { type: 'string' } }),
      object({
        type: { const: 'image_url' },
        image_url: object(
          {
            url: {
              type: 'string',
              ...described(
                'A data URL (`data:image/png;base64,…`) or an address for the upstream to fetch.',
                'data URL（`data:image/png;base64,…`），或由上游去下载的地址。',
              ),
            },
            detail: { type: 'string' },
          },
          ['detail'],
        ),
      }),
    ],
  },
  ToolCall: TOOL_CALL,
  Message: object(
    {
      role: { type: 'string', enum: ['system', 'developer', 'user', 'assistant', 'tool'] },
      content: CONTENT,
      reasoning_content: nullable('string'),
      tool_calls: { type: ['array', 'null'], items: ref('ToolCall') },
      tool_call_id: { type: 'string' },
    },
    ['content', 'reasoning_content', 'tool_calls', 'tool_call_id'],
  ),
};
