import { expect } from 'chai';
import type { Message, ToolChoice } from '../../src/completion/request.js';
import { withToolChoice } from '../../src/completion/tool-choice.js';
import { request } from '../upstream/support.js';

const TOOLS = [{ name: 'get_weather' }, { name: 'get_time' }];
const SYSTEM: Message = { role: 'system', content: 'Be brief.' };
const USER: Message = { role: 'user', content: 'Hi' };

const chosen = (toolChoice: ToolChoice, messages: readonly Message[] = [USER], tools = TOOLS) =>
  withToolChoice(request('Hi', { tools, toolChoice, messages }));

describe('withToolChoice', () => {
  it('changes nothing of what GLM knows itself, nor of a request without tools', () => {
    for (const toolChoice of ['auto', 'none'] as const) {
      const asked = request('Hi', { tools: TOOLS, toolChoice });
      expect(withToolChoice(asked)).to.equal(asked);
    }
    const bare = request('Hi', { toolChoice: 'required' });
    expect(withToolChoice(bare)).to.equal(bare);
  });

  it('instructs the model to call any tool, in a new system message if there is none', () => {
    const { tools, toolChoice, messages } = chosen('required');
    expect({ tools, toolChoice }).to.deep.equal({ tools: TOOLS, toolChoice: 'auto' });
    expect(messages).to.have.length(2);
    expect(messages[0]).to.have.property('role', 'system');
    expect(messages[0]?.content).to.match(/must be a call of at least one of the tools\.$/);
    expect(messages[1]).to.equal(USER);
  });

  it('offers only a named tool, with an instruction after the client’s own', () => {
    const { tools, toolChoice, messages } = chosen({ name: 'get_time' }, [SYSTEM, USER]);
    expect({ tools, toolChoice }).to.deep.equal({ tools: [{ name: 'get_time' }], toolChoice: 'auto' });
    expect(messages).to.have.length(2);
    expect(messages[0]?.content).to.match(/^Be brief\.\n\n.*must be a call of the tool "get_time"\.$/s);
  });

  it('leaves the client’s own messages as they were', () => {
    const messages = [SYSTEM, USER];
    chosen('required', messages);
    expect(messages).to.deep.equal([{ role: 'system', content: 'Be brief.' }, USER]);
  });
});
