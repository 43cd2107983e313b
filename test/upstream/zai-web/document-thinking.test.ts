import { expect } from 'chai';
import { Document } from '../../../src/upstream/zai-web/document.js';
import { type Change, CUT_AT, closing, OPENING, said, splits, summed } from './document-changes.js';

describe('Document: the thinking', () => {
  it('loses its wrapper and quote marks, and nothing else', () => {
    const changes: Change[] = [
      [`${OPENING}>   indented\n>\n> \n> > quoted\n>tight\n> a > b`, 'thinking'],
      closing('  indented\n\n\n> quoted\n>tight\na > b', 'ok'),
    ];
    expect(said(changes).reasoning).to.equal('  indented\n\n\n> quoted\n>tight\na > b');
  });

  it('is read without a wrapper, too', () => {
    const changes: Change[] = [
      ['First', 'thinking'],
      [' this,\n  then that < 3', 'thinking'],
      ['Answer', 'answer'],
    ];
    expect(said(changes)).to.deep.equal({ reasoning: 'First this,\n  then that < 3', content: 'Answer' });
  });

  it('keeps a beginning of a tag that never became one', () => {
    expect(
      said([
        ['a <', 'thinking'],
        ['Answer', 'answer'],
      ]),
    ).to.deep.equal({ reasoning: 'a <', content: 'Answer' });
    expect(said([['a <Fu', 'thinking']])).to.deep.equal({ reasoning: 'a <Fu', content: '' });
    expect(
      said([
        ['x\n</det', 'thinking'],
        ['Answer', 'answer'],
      ]).content,
    ).to.equal('Answer');
  });

  it('ends with the first appended answer text, closing edit or not', () => {
    expect(
      said([
        [`${OPENING}> Hm.\n>`, 'thinking'],
        ['Yes', 'answer'],
        ['.', 'answer'],
      ]),
    ).to.deep.equal({
      reasoning: 'Hm.',
      content: 'Yes.',
    });
  });

  it('ends with a closing tag that was appended with the answer, however it is split', () => {
    for (const split of splits([
      [`${OPENING}> Hm.`, 'thinking'],
      ['\n</details>\nYes.', 'answer'],
    ])) {
      expect(said(split)).to.deep.equal({ reasoning: 'Hm.', content: 'Yes.' });
    }
  });

  it('loses stray tags, however they are split', () => {
    const stray: Change[] = [
      [`${OPENING}> <Full>one</Full>\n> two</thinking>`, 'thinking'],
      closing('one\ntwo', 'ok'),
    ];
    for (const split of splits(stray)) expect(said(split).reasoning).to.equal('one\ntwo');
  });

  it('may come in several rounds, kept apart by an empty line', () => {
    const rounds: Change[] = [
      [`${OPENING}> one`, 'thinking'],
      closing('one', 'First.'),
      [`\n\n${OPENING}> two`, 'thinking'],
      ['Second.', 'answer'],
    ];
    expect(said(rounds)).to.deep.equal({ reasoning: 'one\n\ntwo', content: 'First.Second.' });
  });

  it('that only comes with the closing edit is shown', () => {
    expect(said([[OPENING, 'thinking'], closing('All at once.', 'ok')])).to.deep.equal({
      reasoning: 'All at once.',
      content: 'ok',
    });
    const whole: Change = [0, `${OPENING}> All at once.\n</details>\nok`, 'answer'];
    expect(said([whole])).to.deep.equal({ reasoning: 'All at once.', content: 'ok' });
  });

  it('that became longer in the closing edit is completed, not repeated', () => {
    const changes: Change[] = [[`${OPENING}> One`, 'thinking'], closing('One and two.', 'ok')];
    expect(said(changes).reasoning).to.equal('One and two.');
  });

  it('that became shorter in the closing edit costs a later round nothing', () => {
    const changes: Change[] = [
      [`${OPENING}> A long thought.`, 'thinking'],
      closing('A thought.', 'ok'),
      [`${OPENING}> Later.`, 'thinking'],
    ];
    expect(said(changes).reasoning).to.equal('A long thought.\n\nLater.');
  });

  it('may end the answer: markup that was held back is not shown', () => {
    for (const end of ['<det', '<details type="reasoning" done="false">', OPENING, `${OPENING}>`]) {
      expect(
        said([
          ['Hi.', 'answer'],
          [end, 'thinking'],
        ]),
      ).to.deep.equal({ reasoning: '', content: 'Hi.' });
    }
  });

  it('is not held back for ever by a tag that never ends', () => {
    const endless = `<details ${'x'.repeat(3_000)}`;
    const document = new Document();
    expect(summed(document.append(endless, 'thinking')).reasoning).to.equal(endless);
    const summary = `<details>\n<summary>${'x'.repeat(3_000)}`;
    expect(summed(new Document().append(summary, 'thinking')).reasoning).to.contain('xxx');
  });

  it('is closed by a closing tag within a line where no line begins with one', () => {
    const content = `true">\n<summary>Thought</summary>\n> Short.</details>Yes`;
    expect(
      said([
        [`${OPENING}> Short.`, 'thinking'],
        [CUT_AT, content, 'answer'],
      ]),
    ).to.deep.equal({
      reasoning: 'Short.',
      content: 'Yes',
    });
  });

  it('may speak of the closing tag', () => {
    const reasoning = 'They wrote </details> there.\n</details> again';
    const changes: Change[] = [
      [`${OPENING}${reasoning.replaceAll(/^/gm, '> ')}`, 'thinking'],
      closing(reasoning, 'ok'),
    ];
    expect(said(changes)).to.deep.equal({ reasoning, content: 'ok' });
  });
});
