import { expect } from 'chai';
import type { JsonObject } from '../../../src/upstream/json.js';
import { findField, readRefusal } from '../../../src/upstream/openai-compatible/refusal.js';
import { cpuMsOf } from '../../support/cpu-time.js';
import { known, OTHER, UNKNOWN } from './refusals.js';

describe('readRefusal', () => {
  for (const [server, error, fields] of UNKNOWN) {
    it(`reads the fields that ${server} does not know`, () => {
      const refusal = readRefusal(error);
      expect(refusal?.fields.filter((field) => known.test(field))).to.have.members(fields);
      expect(refusal?.conditional).to.equal(false);
      expect(refusal?.namesField).to.equal(true);
    });
  }

  for (const [what, error] of OTHER) {
    it(`reads no unknown field out of ${what}`, () => {
      const fields = readRefusal(error)?.fields ?? [];
      expect(fields.filter((field) => known.test(field))).to.deep.equal([]);
    });
  }

  it('tells a schema that the server cannot enforce from a server without schemas', () => {
    for (const message of [
      'The provided JSON schema contains features not supported by xgrammar.',
      'Failed to initialize samplers: failed to parse grammar',
      'JSON schema conversion failed:\nUnrecognized schema: {"type":"foo"}',
      "Invalid schema for response_format 'trip': In context=(), 'additionalProperties' is required to be supplied and to be false.",
      `Invalid schema for response_format 'trip': schema must be a JSON Schema of 'type: "object"', got 'type: "array"'.`,
    ]) {
      const refusal = readRefusal({ message });
      expect(refusal, message).to.include({ mentionsFormat: true, mentionsToolChoice: false });
      expect(refusal?.fields, message).not.to.include('response_format.json_schema');
    }
  });

  it('tells what is refused beside something else only', () => {
    for (const message of [
      'Thinking mode does not support this tool_choice',
      'The tool_choice parameter does not support being set to required or object in thinking mode',
      'response_format is not supported with tools',
      "Tool choice must be 'auto' when tools are provided.",
      'stream_options is not supported when `stream` is false',
      'tool_choice 与 thinking 不能同时使用: 不支持参数 tool_choice',
    ]) {
      expect(readRefusal({ message }), message).to.have.property('conditional', true);
    }
  });

  it('takes no long time over a text that was made for it', () => {
    const readAll = () => {
      for (const piece of [
        'aa,',
        'a and ',
        '\\',
        ' ',
        'unknown parameter ',
        'tool_choice ',
        "{'loc': ('body', ",
      ]) {
        readRefusal({ message: piece.repeat(50_000) });
      }
    };
    expect(cpuMsOf(readAll)).to.be.below(1_000);
  });
});

describe('findField', () => {
  const cases: [error: JsonObject, field: string | undefined][] = [
    [{ message: 'temperature must be between 0 and 1' }, 'temperature'],
    [{ message: 'out of range', param: 'top_p' }, 'top_p'],
    [{ message: 'too long', param: 'messages[0].content' }, 'messages[0].content'],
    [{ message: "seed: property 'seed' is unsupported", param: 'validation_error' }, 'seed'],
    [{ detail: [{ loc: ['body', 'stop'], msg: 'Input should be a valid list' }] }, 'stop'],
    [{ message: '`reasoning_effort` must be one of `none` or `default`' }, 'reasoning_effort'],
    [{ message: 'user_id must have 6 to 128 characters' }, 'user'],
    [{ message: 'repeat_penalty must be above 0' }, 'repetition_penalty'],
    [{ message: 'Unsupported param: seed' }, 'seed'],
    [{ message: 'Invalid user: "someone"' }, 'user'],
    [{ message: "body.seed: property 'body.seed' is unsupported" }, 'seed'],
    [{ message: 'The user has no right to stop tools' }, undefined],
    [{ message: 'Bad request' }, undefined],
  ];
  for (const [error, field] of cases) {
    it(`finds ${field ?? 'no field'} in ${JSON.stringify(error)}`, () => {
      expect(findField(error)).to.equal(field);
    });
  }
});
