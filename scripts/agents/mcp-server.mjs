// An MCP server over stdio with one tool, which runs in an agent's scratch folder.
import { createInterface } from 'node:readline';

const TOOL = {
  name: 'look_up_greeting',
  description: 'Looks a greeting up in the phrase book.',
  inputSchema: { type: 'object', properties: { language: { type: 'string' } }, required: ['language'] },
};

/** Handlers by method. Other requests get an error; notifications have no `id` and get no response. */
const METHODS = {
  initialize: ({ protocolVersion }) => ({
    protocolVersion,
    capabilities: { tools: {} },
    serverInfo: { name: 'phrasebook', version: '1.0.0' },
  }),
  ping: () => ({}),
  'tools/list': () => ({ tools: [TOOL] }),
  'tools/call': ({ arguments: { language } }) => ({
    content: [{ type: 'text', text: `Phrase book, page 4711, ${language}: Guten Tag` }],
  }),
};

createInterface({ input: process.stdin }).on('line', (line) => {
  const { id, method, params = {} } = JSON.parse(line);
  if (id === undefined) return;
  const result = METHODS[method]?.(params);
  const error = { code: -32601, message: `Unknown method ${method}` };
  process.stdout.write(`${JSON.stringify({ jsonrpc: '2.0', id, ...(result ? { result } : { error }) })}\n`);
});
