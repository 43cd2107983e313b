import { expect } from 'chai';
import { Document, MAX_DOCUMENT_LENGTH } from '../../../src/upstream/zai-web/document.js';
import { cpuMsOf } from '../../support/cpu-time.js';
import { type Change, closing, OPENING, said, shown, splits } from './document-changes.js';

describe('Document: tool blocks', () => {
  const block =
    '<glm_block view="">{"name": "get_weather", "arguments": "{\\"city\\": \\"Oslo\\"}"}</glm_block>';

  it('are never shown, wherever the upstream cuts and rewrites them', () => {
    for (let at = 1; at < block.length; at++) {
      const start = 'Let me check.\n\n'.length;
      const changes: Change[] = [
        ['Let me check.', 'answer'],
        [13, `\n\n${block.slice(0, at)}`, 'hidden'],
        [start + at, block.slice(at), 'other'],
        [' Sunny.', 'answer'],
      ];
      expect(said(changes)).to.deep.equal({ reasoning: '', content: 'Let me check. Sunny.' });
    }
  });

  it('may be finished by an edit of the answer', () => {
    const changes: Change[] = [
      ['Wait.', 'answer'],
      [5, block.slice(0, 40), 'hidden'],
      [45, `${block.slice(40)}Sunny.`, 'answer'],
    ];
    expect(said(changes).content).to.equal('Wait.Sunny.');
  });

  it('may come with an edit of the answer', () => {
    const changes: Change[] = [
      ['Wait.', 'answer'],
      [5, block.slice(0, 40), 'answer'],
      [40, block.slice(35), 'other'],
    ];
    expect(said(changes).content).to.equal('Wait.');
  });

  it('may interrupt the thinking, with a closing tag or without', () => {
    for (const close of ['\n</details>\n', '\n\n']) {
      const document = `${OPENING}> Hm.`;
      const changes: Change[] = [
        [document, 'thinking'],
        [document.length, `${close}${block}`, 'hidden'],
        [`${OPENING}> So.`, 'thinking'],
        ['Sunny.', 'answer'],
      ];
      expect(said(changes)).to.deep.equal({ reasoning: 'Hm.\n\nSo.', content: 'Sunny.' });
    }
  });

  it('may be appended in the middle of the thinking', () => {
    const changes: Change[] = [
      [`${OPENING}> Hm.`, 'thinking'],
      [`{"bare": ${block}`, 'hidden'],
      ['So.', 'thinking'],
      ['Sunny.', 'answer'],
    ];
    expect(said(changes)).to.deep.equal({ reasoning: 'Hm.\n\nSo.', content: 'Sunny.' });
  });

  it('are left by thinking when nothing closes them', () => {
    const changes: Change[] = [
      ['Wait.', 'answer'],
      [5, block.slice(0, 40), 'hidden'],
      [`${OPENING}> Hm.`, 'thinking'],
    ];
    expect(said(changes)).to.deep.equal({ reasoning: 'Hm.', content: 'Wait.' });
  });

  it('end with their closing tag, however it is split', () => {
    for (const split of splits([[block, 'hidden']])) {
      expect(said([...split, [999, 'Sunny.', 'other']]).content).to.equal('Sunny.');
    }
  });

  it('are left by the next answer text when nothing closes them', () => {
    expect(
      said([
        ['Wait.', 'answer'],
        [5, block.slice(0, 40), 'hidden'],
        ['Sunny.', 'answer'],
      ]).content,
    ).to.equal('Wait.Sunny.');
  });

  it('that were appended are not shown either', () => {
    expect(
      said([
        ['Wait.', 'answer'],
        [block, 'hidden'],
        [' Sunny.', 'answer'],
      ]).content,
    ).to.equal('Wait. Sunny.');
  });
});

describe('Document: the raw markup', () => {
  it('is the thinking as it was appended, closed once', () => {
    const changes: Change[] = [
      [OPENING, 'thinking'],
      ['> Hm', 'thinking'],
      ['.\n>', 'thinking'],
      closing('Hm.', 'ok'),
    ];
    expect(shown(changes).raw).to.equal(`${OPENING}> Hm.\n>\n</details>\n`);
  });

  it('is closed when the answer is appended, too', () => {
    const changes: Change[] = [
      [`${OPENING}> Hm.`, 'thinking'],
      ['ok', 'answer'],
    ];
    expect(shown(changes).raw).to.equal(`${OPENING}> Hm.\n</details>\n`);
  });

  it('holds what only the closing edit brought', () => {
    const changes: Change[] = [[`${OPENING}> Hm`, 'thinking'], closing('Hm, yes.', 'ok')];
    expect(shown(changes).raw).to.equal(`${OPENING}> Hm, yes.\n</details>\n`);
  });

  it('is left alone by tool blocks', () => {
    const changes: Change[] = [
      ['a', 'answer'],
      [1, '<glm_block>{', 'hidden'],
      [13, '}</glm_block>', 'other'],
    ];
    expect(shown(changes).raw).to.equal('');
  });
});

describe('Document: size', () => {
  it('ends at 32 MiB with an error', () => {
    const document = new Document();
    const piece = 'x'.repeat(MAX_DOCUMENT_LENGTH / 8);
    for (let i = 0; i < 8; i++) document.append(piece, 'answer');
    expect(() => document.append('x', 'answer'))
      .to.throw('more than 32 MiB')
      .with.property('code', 'upstream_answer_too_large');
  });

  it('counts what edits leave, not what they replaced', () => {
    const document = new Document();
    const piece = 'x'.repeat(MAX_DOCUMENT_LENGTH / 2);
    document.append(piece, 'answer');
    for (let i = 0; i < 4; i++) document.edit(piece.length, piece, 'hidden');
    expect(document.append('', 'answer')).to.deep.equal([]);
  });

  it('stays quick when a tool block after long thinking is rewritten again and again', () => {
    const document = new Document();
    const before = `${OPENING}> ${'思考🙂 and thinking\n> '.repeat(2_000)}\n</details>\n`;
    document.append(before, 'thinking');
    document.append('Let me check.', 'answer');
    const length = [...before].length + 'Let me check.'.length;
    const rewrite = () => {
      for (let i = 0; i < 100; i++) {
        expect(document.edit(length, `<glm_block>{"result": ${i}`, 'hidden')).to.deep.equal([]);
      }
    };
    expect(cpuMsOf(rewrite)).to.be.below(1_000);
  });
});
