import { expect } from 'chai';
import { buildModel } from '../../../src/protocol/anthropic-messages/model-body.js';
import { modelsOf } from '../../../src/upstream/models.js';

/** As JSON on the wire. */
function body(name: string, id = name) {
  const model = modelsOf('api').find((row) => row.name === name);
  if (model === undefined) throw new Error(`no row for ${name}`);
  return JSON.parse(JSON.stringify(buildModel(id, model)));
}

const yes = { supported: true };
const no = { supported: false };

describe('A model for Anthropic’s clients', () => {
  it('has its limits, and every capability that the SDK knows', () => {
    expect(body('GLM-5.3', 'claude-sonnet-4-5')).to.deep.equal({
      type: 'model',
      id: 'claude-sonnet-4-5',
      display_name: 'GLM-5.3',
      created_at: '2026-08-01T00:00:00.000Z',
      capabilities: {
        batch: no,
        citations: no,
        code_execution: no,
        context_management: {
          supported: false,
          clear_thinking_20251015: no,
          clear_tool_uses_20250919: no,
          compact_20260112: no,
        },
        effort: { supported: true, low: yes, medium: no, high: yes, xhigh: no, max: yes },
        image_input: no,
        pdf_input: no,
        server_tools: { supported: false, code_execution: no, web_search: no },
        structured_outputs: yes,
        thinking: {
          supported: true,
          types: { adaptive: yes, between_tools: yes, disabled: yes, enabled: yes },
        },
      },
      deprecated_at: null,
      lifecycle: 'active',
      line: null,
      max_input_tokens: 1_048_576,
      max_tokens: 131_072,
      retires_at: null,
    });
  });

  it('says which models take images, have levels of effort, or never think', () => {
    expect(body('GLM-4.6V').capabilities.image_input).to.deep.equal(yes);
    expect(body('GLM-4.7').capabilities.effort).to.include(no);
    expect(body('GLM-5.2').capabilities.effort).to.deep.include({ supported: true, low: no, max: yes });
    const { thinking } = body('GLM-4-32B-0414-128K').capabilities;
    expect(thinking).to.deep.equal({
      supported: false,
      types: { adaptive: no, between_tools: no, disabled: yes, enabled: no },
    });
  });

  it('has null capabilities for an unknown model', () => {
    const model = { name: 'x', id: 'x', created: 0, ownedBy: 'vllm', info: { contextTokens: 8_192 } };
    expect(buildModel('x', model)).to.include({
      capabilities: null,
      created_at: '1970-01-01T00:00:00.000Z',
      max_input_tokens: 8_192,
      max_tokens: null,
    });
  });
});
