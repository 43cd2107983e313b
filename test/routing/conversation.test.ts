import { expect } from 'chai';
import type { Message } from '../../src/completion/request.js';
import { nameConversation } from '../../src/routing/conversation.js';

const FIRST: Message[] = [
  { role: 'system', content: 'Be brief.' },
  { role: 'user', content: 'What is love?' },
];
const LATER: Message[] = [
  ...FIRST,
  { role: 'assistant', content: 'A feeling.' },
  { role: 'system', content: 'Be even briefer.' },
  { role: 'user', content: 'Which one?' },
];
const named = (messages: Message[], tenant = 'key ann', id?: string) =>
  nameConversation({ tenant, id, messages });

describe('The name of a conversation', () => {
  it('is the same for all of its turns', () => {
    expect(named(LATER)).to.equal(named(FIRST));
  });

  it('differs by caller, system text and first question', () => {
    const others = [
      named(FIRST, 'key bob'),
      named([{ role: 'system', content: 'Be long.' }, ...FIRST.slice(1)]),
      named([...FIRST.slice(0, 1), { role: 'user', content: 'What is hate?' }]),
      named([{ role: 'user', content: 'Be brief.\nWhat is love?' }]),
    ];
    expect(new Set([named(FIRST), ...others])).to.have.lengthOf(5);
  });

  it('is the client’s own id, where it sent one, for that caller alone', () => {
    expect(named(FIRST, 'key ann', 'chat-1')).to.equal(named([], 'key ann', 'chat-1'));
    expect(named(FIRST, 'key ann', 'chat-1')).not.to.equal(named(FIRST, 'key bob', 'chat-1'));
    expect(named([{ role: 'user', content: 'chat-1' }])).not.to.equal(named([], 'key ann', 'chat-1'));
  });
});
