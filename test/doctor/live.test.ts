import { createServer } from 'node:http';
import { expect } from 'chai';
import { loadConfig } from '../../src/config/config.js';
import { checkLive } from '../../src/doctor/live.js';
import { Report } from '../../src/doctor/report.js';
import { startSimulator } from '../../src/simulator/server.js';
import { type ChatAnswer, type ChatBody, listening, startChatServer } from '../upstream/servers.js';

async function reportOf(answer: (body: ChatBody) => ChatAnswer): Promise<string> {
  const server = await startChatServer(answer);
  const lines: string[] = [];
  try {
    const config = loadConfig({ UPSTREAM_URL: `${server.url}/v1`, MODEL_NAME: 'glm-4.6' });
    await checkLive(config, new Report((line) => lines.push(line)));
  } finally {
    await server.close();
  }
  return lines.join('\n');
}

describe('The doctor’s live request', () => {
  it('reports the fields that a strict server does not know, and reads its answer without them', async () => {
    const report = await reportOf((body) =>
      body.chat_template_kwargs === undefined
        ? 'pong'
        : { status: 400, error: { message: "property 'chat_template_kwargs' is unsupported" } },
    );
    expect(report).to.contain(
      '--    the upstream does not know chat_template_kwargs: requests go without it',
    );
    expect(report).to.contain('ok    the upstream answers it with a stream');
    expect(report).to.contain('ok    text comes as delta.content');
  });

  for (const [served, told] of [
    ['glm-4.6', 'ok    glm-4.6 is served under its own name'],
    ['glm-5.3', '--    glm-4.6 (glm-4.6) is answered by another model: glm-5.3'],
  ] as const) {
    it(`reports that ${served} answers for glm-4.6`, async () => {
      const chunk = {
        model: served,
        choices: [{ index: 0, delta: { content: 'pong' }, finish_reason: 'stop' }],
      };
      const server = await listening(
        createServer((req, res) => {
          req.resume();
          if (req.method === 'GET') res.end(JSON.stringify({ data: [{ id: 'glm-4.6' }] }));
          else res.end(`data: ${JSON.stringify(chunk)}\n\ndata: [DONE]\n\n`);
        }),
      );
      const lines: string[] = [];
      try {
        const config = loadConfig({ UPSTREAM_URL: `${server.url}/v1`, MODEL_NAME: 'glm-4.6' });
        await checkLive(config, new Report((line) => lines.push(line)));
      } finally {
        await server.close();
      }
      expect(lines.join('\n')).to.contain(told);
    });
  }

  it('reports any other refusal', async () => {
    const report = await reportOf(() => ({ status: 400, error: { message: 'glm-4.6 is not loaded' } }));
    expect(report)
      .to.match(/BAD .*stream/)
      .and.contain('glm-4.6 is not loaded');
  });

  it('compares an answer of the web chat with what the gateway relies on', async () => {
    const simulator = await startSimulator({ paceMs: 0 });
    const lines: string[] = [];
    try {
      const config = loadConfig({ UPSTREAM_URL: `${simulator.url}/api/chat/completions` });
      await checkLive(config, new Report((line) => lines.push(line)));
    } finally {
      await simulator.close();
    }
    const report = lines.join('\n');
    expect(report).not.to.contain('BAD');
    expect(report).to.contain('ok    thinking opens with <details').and.contain('ok    an event says done');
    expect(report).to.contain('ok    the gateway makes a whole answer of it');
  });
});
