/** Inputs of Responses with the messages that they stand for, and those that are refused. */
import { expect } from 'chai';
import type { ResponseInputItem } from 'openai/resources/responses/responses';
import type { Message } from '../../../src/completion/request.js';
import { parseInput } from '../../../src/protocol/openai-responses/parse-input.js';
import { type ToolForm, ToolNames } from '../../../src/protocol/tools/tool-names.js';
import type { BadRequestError } from '../../../src/vocabulary/errors.js';

export const PIXEL = 'data:image/png;base64,AAAA';

/** Parsed where these tools are declared. */
export const parsed = (input: unknown, instructions?: string, forms: ToolForm[] = []) =>
  parseInput({ given: input, recalled: undefined }, instructions, new ToolNames(forms));

export const user = (content: string) => ({ role: 'user', content }) as const;

export const said = (text: string, id = 'msg_1'): ResponseInputItem => ({
  id,
  type: 'message',
  role: 'assistant',
  status: 'completed',
  content: [{ type: 'output_text', text, annotations: [] }],
});

export const called = (id: string, name = 'look', written = '{}'): ResponseInputItem => ({
  type: 'function_call',
  call_id: id,
  name,
  arguments: written,
});

export const result = (id: string, output = 'seen'): ResponseInputItem => ({
  type: 'function_call_output',
  call_id: id,
  output,
});

export const thought = (text: string): ResponseInputItem => ({
  id: 'rs_1',
  type: 'reasoning',
  summary: [{ type: 'summary_text', text }],
});

export const toolCall = (id: string, name = 'look', written = '{}') => ({ id, name, arguments: written });

export const tool = (callId: string, content = 'seen'): Message => ({ role: 'tool', callId, content });

export const cases: [string, string | unknown[], Message[]][] = [
  ['a string', 'hi', [user('hi')]],
  ['easy messages', [user('hi')], [user('hi')]],
  [
    'every role, with developer as system',
    [
      { type: 'message', role: 'developer', content: 'd' },
      { type: 'message', role: 'system', content: [{ type: 'input_text', text: 's' }] },
      { type: 'message', role: 'user', content: [{ type: 'input_text', text: 'u' }] },
      said('a'),
    ],
    [
      { role: 'system', content: 'd' },
      { role: 'system', content: 's' },
      user('u'),
      { role: 'assistant', content: 'a' },
    ],
  ],
  [
    'text parts, joined by line ends',
    [
      {
        role: 'user',
        content: [
          { type: 'input_text', text: 'a' },
          { type: 'text', text: 'b' },
        ],
      },
    ],
    [user('a\nb')],
  ],
  [
    'a refusal as what was said',
    [{ role: 'assistant', content: [{ type: 'refusal', refusal: 'no' }] }],
    [{ role: 'assistant', content: 'no' }],
  ],
  [
    'images',
    [
      {
        role: 'user',
        content: [
          { type: 'input_text', text: 'this?' },
          { type: 'input_image', image_url: PIXEL, detail: 'low', file_id: null },
        ],
      },
    ],
    [
      {
        role: 'user',
        content: [
          { type: 'text', text: 'this?' },
          {
            type: 'image',
            url: PIXEL,
            detail: 'low',
            param: 'input[0].content[1].image_url',
            attached: true,
          },
        ],
      },
    ],
  ],
  [
    'thinking, text and the calls of one turn as one message, results as messages of their own',
    [
      user('q'),
      thought('hm'),
      said('I look.'),
      called('a'),
      called('b'),
      result('a'),
      result('b'),
      said('Done.'),
    ],
    [
      user('q'),
      { role: 'assistant', content: 'I look.', reasoning: 'hm', toolCalls: [toolCall('a'), toolCall('b')] },
      tool('a'),
      tool('b'),
      { role: 'assistant', content: 'Done.' },
    ],
  ],
  [
    'calls without text',
    [called('a', 'look', '{"at":1}'), result('a')],
    [{ role: 'assistant', content: '', toolCalls: [toolCall('a', 'look', '{"at":1}')] }, tool('a')],
  ],
  [
    'turn after turn of a loop',
    [thought('1'), called('a'), result('a'), thought('2'), called('b'), result('b')],
    [
      { role: 'assistant', content: '', reasoning: '1', toolCalls: [toolCall('a')] },
      tool('a'),
      { role: 'assistant', content: '', reasoning: '2', toolCalls: [toolCall('b')] },
      tool('b'),
    ],
  ],
  [
    'what comes between calls and their results with the calls',
    [called('a'), thought('hm'), said('and'), called('b'), result('a'), result('b')],
    [
      { role: 'assistant', content: 'and', reasoning: 'hm', toolCalls: [toolCall('a'), toolCall('b')] },
      tool('a'),
      tool('b'),
    ],
  ],
  [
    'two texts in a row as two messages',
    [said('a'), said('b'), thought('hm'), said('c')],
    [
      { role: 'assistant', content: 'a' },
      { role: 'assistant', content: 'b' },
      { role: 'assistant', content: 'c', reasoning: 'hm' },
    ],
  ],
  ['thinking that led to nothing as nothing', [user('a'), thought('hm'), user('b')], [user('a'), user('b')]],
  [
    'results as parts, images among them',
    [
      called('a'),
      called('b'),
      {
        type: 'function_call_output',
        call_id: 'a',
        output: [
          { type: 'input_text', text: 'a picture' },
          { type: 'input_image', image_url: PIXEL },
        ],
      },
      result('b'),
      said('nice'),
    ],
    [
      { role: 'assistant', content: '', toolCalls: [toolCall('a'), toolCall('b')] },
      {
        role: 'tool',
        callId: 'a',
        content: [
          { type: 'text', text: 'a picture' },
          { type: 'image', url: PIXEL, param: 'input[2].output[1].image_url' },
        ],
      },
      tool('b'),
      { role: 'assistant', content: 'nice' },
    ],
  ],
  [
    'results and arguments that came parsed',
    [
      { type: 'function_call', call_id: 'a', name: 'look', arguments: { at: 1 } },
      called('b'),
      called('c'),
      { type: 'function_call_output', call_id: 'a', output: { content: 'x' } },
      { type: 'function_call_output', call_id: 'b', output: null },
      { type: 'function_call_output', call_id: 'c', output: [{ rows: 1 }, 'x'] },
    ],
    [
      {
        role: 'assistant',
        content: '',
        toolCalls: [toolCall('a', 'look', '{"at":1}'), toolCall('b'), toolCall('c')],
      },
      tool('a', '{"content":"x"}'),
      tool('b', ''),
      tool('c', '[{"rows":1},"x"]'),
    ],
  ],
  [
    'pictures in the form of chat completions',
    [
      {
        role: 'user',
        content: [
          { type: 'text', text: 'this?' },
          { type: 'image_url', image_url: { url: PIXEL, detail: 'low' } },
        ],
      },
    ],
    [
      {
        role: 'user',
        content: [
          { type: 'text', text: 'this?' },
          {
            type: 'image',
            url: PIXEL,
            detail: 'low',
            param: 'input[0].content[1].image_url.url',
            attached: true,
          },
        ],
      },
    ],
  ],
  [
    'a line of text in place of what cannot be read, in results and earlier turns',
    [
      {
        role: 'user',
        content: [{ type: 'input_file', filename: 'a.pdf', file_data: 'data:application/pdf;base64,AA' }],
      },
      said('ok'),
      called('a'),
      { type: 'function_call_output', call_id: 'a', output: [{ type: 'input_audio', input_audio: {} }] },
      user('And now?'),
    ],
    [
      user('[file "a.pdf" omitted: only text and images can be read here]'),
      { role: 'assistant', content: 'ok', toolCalls: [toolCall('a')] },
      tool('a', '[audio omitted: only text and images can be read here]'),
      user('And now?'),
    ],
  ],
  [
    'nothing for references to reasoning',
    [
      user('q'),
      { type: 'item_reference', id: 'rs_1' },
      called('a'),
      { id: 'rs_2' },
      result('a'),
      { id: 'rs_3', type: null },
    ],
    [user('q'), { role: 'assistant', content: '', toolCalls: [toolCall('a')] }, tool('a')],
  ],
  [
    'a result for a call that was interrupted',
    [called('a'), user('Never mind.')],
    [
      { role: 'assistant', content: '', toolCalls: [toolCall('a')] },
      tool('a', '[no result: the call was interrupted]'),
      user('Never mind.'),
    ],
  ],
  [
    'calls of freeform tools and their results, as the function that stands for them',
    [
      {
        type: 'custom_tool_call',
        call_id: 'a',
        name: 'apply_patch',
        input: '+ "世界"\n',
        status: 'completed',
      },
      { type: 'custom_tool_call_output', call_id: 'a', output: 'ok' },
      { type: 'custom_tool_call', call_id: 'b', name: 'apply_patch', input: null },
      { type: 'custom_tool_call_output', call_id: 'b', output: [{ type: 'input_text', text: 'no' }] },
    ],
    [
      {
        role: 'assistant',
        content: '',
        toolCalls: [toolCall('a', 'apply_patch', '{"input":"+ \\"世界\\"\\n"}')],
      },
      tool('a', 'ok'),
      { role: 'assistant', content: '', toolCalls: [toolCall('b', 'apply_patch', '{"input":""}')] },
      tool('b', 'no'),
    ],
  ],
  [
    'calls of tools in namespaces, in two fields and in one',
    [
      { type: 'function_call', call_id: 'a', namespace: 'mcp__docs', name: 'search', arguments: '{}' },
      result('a'),
      called('b', 'mcp__docs__search'),
      result('b'),
      { type: 'function_call', call_id: 'c', namespace: '', name: 'look', arguments: '{}' },
      result('c'),
    ],
    [
      { role: 'assistant', content: '', toolCalls: [toolCall('a', 'mcp__docs__search')] },
      tool('a'),
      { role: 'assistant', content: '', toolCalls: [toolCall('b', 'mcp__docs__search')] },
      tool('b'),
      { role: 'assistant', content: '', toolCalls: [toolCall('c')] },
      tool('c'),
    ],
  ],
  [
    'nothing for items of tools that are not offered',
    [
      user('q'),
      { type: 'web_search_call', id: 'ws_1', status: 'completed' },
      { type: 'mcp_list_tools', server_label: 'docs', tools: [] },
      { type: 'something_new' },
    ],
    [user('q')],
  ],
];

export const refused: [string, unknown, string, RegExp][] = [
  ['no input', undefined, 'input', /input is missing/],
  ['an input of another kind', 5, 'input', /a string or an array of items/],
  ['no items', [], 'input', /at least one/],
  ['items that all were left out', [{ type: 'web_search_call' }], 'input', /at least one/],
  ['an item that is no object', ['hi'], 'input[0]', /an object with a type/],
  ['an unknown role', [{ role: 'tool', content: '' }], 'input[0].role', /user, assistant/],
  [
    'a reference',
    [user('a'), { type: 'item_reference', id: 'msg_1' }],
    'input[1]',
    /item "msg_1" is not kept here/,
  ],
  ['a reference without a type', [user('a'), { id: 'fc_1' }], 'input[1]', /item "fc_1" is not kept here/],
  [
    'a reference without an id',
    [user('a'), { type: 'item_reference' }],
    'input[1]',
    /items are not kept here/,
  ],
  ['nothing but references', [{ type: 'item_reference', id: 'rs_1' }], 'input', /at least one/],
  ['nothing but empty messages', [user(''), user(' ')], 'input', /every message is empty/],
  ['a compaction', [{ type: 'compaction', encrypted_content: 'x' }], 'input[0]', /compaction is not offered/],
  ['a call without a name', [{ type: 'function_call', call_id: 'a' }], 'input[0].name', /name the function/],
  ['a call without an id', [{ type: 'function_call', name: 'a' }], 'input[0].call_id', /id of the call/],
  [
    'a result without an id',
    [{ type: 'function_call_output', output: '' }],
    'input[0].call_id',
    /id of the call/,
  ],
  ['contents of another kind', [{ role: 'user', content: 5 }], 'input[0].content', /a string, an array/],
  [
    'a file',
    [{ role: 'user', content: [{ type: 'input_file', file_id: 'f' }] }],
    'input[0].content[0]',
    /"input_file" are not supported/,
  ],
  [
    'an image that was uploaded',
    [{ role: 'user', content: [{ type: 'input_image', file_id: 'f' }] }],
    'input[0].content[0].file_id',
    /send the image itself or its URL/,
  ],
  [
    'an image that is none',
    [{ role: 'user', content: [{ type: 'input_image', image_url: 'file:///etc/passwd' }] }],
    'input[0].content[0].image_url',
    /data URL/,
  ],
];

export function thrownBy(act: () => unknown): BadRequestError {
  try {
    act();
  } catch (error) {
    return error as BadRequestError;
  }
  return expect.fail('it should have been refused');
}
