import { expect } from 'chai';
import { REQUEST_FIELDS } from '../../src/stats/request-fields.js';
import { toJsonFields, toLogFields, toSearchText } from '../../src/stats/show-request.js';
import { readDocument } from '../docs/markdown.js';
import { recordOf } from './records.js';

const failed = recordOf({
  outcome: 'caller_error',
  status: 400,
  code: 'invalid_value',
  param: 'messages[0].role',
  model: undefined,
  usage: undefined,
  firstTokenMs: undefined,
  durationMs: 12.6,
  finishedAt: 1_759_400_000_000,
  replica: 'one',
});

describe('The fields of a request', () => {
  it('are the members of its log line, with durations in whole milliseconds', () => {
    expect(toLogFields(failed)).to.deep.include({
      requestId: 'request-1',
      outcome: 'caller_error',
      code: 'invalid_value',
      param: 'messages[0].role',
      status: 400,
      key: 'alice',
      model: undefined,
      servedModel: undefined,
      stream: true,
      firstTokenMs: undefined,
      ms: 13,
      tokensIn: undefined,
      tokensOut: undefined,
      client: '192.0.2.1',
      userAgent: 'test/1.0',
    });
  });

  it('are the members of the JSON list, with null for what is not known', () => {
    expect(toJsonFields(failed)).to.deep.include({
      id: 'request-1',
      timestamp: '2025-10-02T10:13:20.000Z',
      outcome: 'caller_error',
      fault: 'caller',
      code: 'invalid_value',
      param: 'messages[0].role',
      status: 400,
      key: 'alice',
      model: null,
      served_model: null,
      streamed: true,
      first_token: null,
      duration: 13,
      tokens_in: null,
      tokens_out: null,
      method: 'POST',
      path: '/v1/chat/completions',
      client_address: '192.0.2.1',
      user_agent: 'test/1.0',
      replica: 'one',
    });
  });

  it('are found by their words, but not by their figures', () => {
    const words = toSearchText(recordOf({ model: 'GLM-5', servedModel: 'GLM-Air', replica: 'one' }));
    for (const word of [
      'request-1',
      'post',
      'glm-5',
      'glm-air',
      'alice',
      '200',
      'ok',
      '192.0.2.1',
      'test/1.0',
      'one',
    ])
      expect(words.split('\n')).to.include(word);
    expect(words).not.to.match(/\b(1000|1759400000000|30)\b/);
  });

  it('have different names, and an example of each for the documentation', () => {
    for (const name of ['log', 'json'] as const) {
      const names = REQUEST_FIELDS.flatMap((field) => field[name] ?? []);
      expect(new Set(names).size).to.equal(names.length);
    }
    for (const { json, example } of REQUEST_FIELDS)
      if (json !== undefined) expect(example, json).not.to.equal(undefined);
  });

  it('have their histograms in the table of metrics of the documents', () => {
    for (const file of ['docs/operations.md', 'docs/zh-CN/operations.md'])
      for (const { histogram } of REQUEST_FIELDS)
        if (histogram !== undefined) expect(readDocument(file), file).to.contain(`| \`${histogram.name}\` |`);
  });
});
