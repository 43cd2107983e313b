/** Requests to parse, and how parsing them fails. */
import { expect } from 'chai';
import {
  parseResponsesRequest,
  type ResponsesRequest,
} from '../../../src/protocol/openai-responses/parse-request.js';
import type { BadRequestError } from '../../../src/vocabulary/errors.js';

export const LOOK = {
  type: 'function',
  name: 'look',
  strict: true,
  parameters: { type: 'object', properties: {} },
} as const;

export function parse(fields: object = {}, enableThinking = false): ResponsesRequest {
  return parseResponsesRequest({ model: 'GLM-4.5', input: 'hi', ...fields }, enableThinking);
}

export function refusal(fields: object): BadRequestError {
  try {
    parse(fields);
  } catch (error) {
    return error as BadRequestError;
  }
  return expect.fail('it should have been refused');
}
