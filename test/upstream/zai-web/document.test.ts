import { expect } from 'chai';
import fc from 'fast-check';
import { EXPECTED, SEQUENCES } from '../../../src/simulator/sequences.js';
import { Document } from '../../../src/upstream/zai-web/document.js';
import {
  type Change,
  CUT_AT,
  changesOf,
  closing,
  OPENING,
  pieces,
  said,
  splits,
} from './document-changes.js';

describe('Document: cuts', () => {
  for (const name of ['S1', 'S2', 'S3', 'S4', 'S5', 'S8', 'S10'] as const) {
    const changes = changesOf(SEQUENCES[name]);

    it(`${name} says the same wherever one of its pieces is split in two`, () => {
      expect(said(changes)).to.deep.equal(EXPECTED[name]);
      for (const split of splits(changes)) expect(said(split)).to.deep.equal(EXPECTED[name]);
    });

    it(`${name} says the same with every piece sent character by character`, () => {
      const single = changes.flatMap((change): Change[] =>
        change.length === 3 ? [change] : [...change[0]].map((character) => [character, change[1]]),
      );
      expect(said(single)).to.deep.equal(EXPECTED[name]);
    });
  }

  it('never lose a space or a line end of reasoning or answer', () => {
    const line = fc.stringMatching(/^[ \t>a`<🙂]{0,6}$/u);
    const text = fc.array(line, { minLength: 1, maxLength: 6 }).map((lines) => lines.join('\n'));
    const ends = fc.array(fc.nat(60), { maxLength: 8 });
    fc.assert(
      fc.property(text, text, ends, (lines, answer, cuts) => {
        // Line ends at the very end belong to the wrapper.
        const reasoning = `${lines}.`;
        const thinking = `${OPENING}${reasoning.replaceAll(/^/gm, '> ')}`;
        const changes: Change[] = [...pieces(thinking, cuts, 'thinking'), closing(reasoning, '.')];
        expect(said([...changes, ...pieces(answer, cuts, 'answer')])).to.deep.equal({
          reasoning,
          content: `.${answer}`,
        });
      }),
      { numRuns: 500 },
    );
  });
});

describe('Document: the answer', () => {
  const thinking: Change[] = [[`${OPENING}> Hm.`, 'thinking'], closing('Hm.', 'Look:')];
  const literal = [
    '\n<details>\n<summary>More</summary>\n> quoted\n</details>\nend',
    '> a quote\n> goes on',
    '\n\n  starts with empty lines',
    '</details>',
    '<details type="reasoning" done="true">',
    '<glm_block >not a tool</glm_block>',
    '</thinking><Full>',
  ];
  for (const text of literal) {
    it(`is passed on as it is: ${JSON.stringify(text)}`, () => {
      for (const split of splits([...thinking, [text, 'answer']])) {
        if (split.length > 3) expect(said(split).content).to.equal(`Look:${text}`);
      }
      expect(said([[text, 'answer']]).content).to.equal(text);
    });
  }

  it('loses only the line ends right after the wrapper', () => {
    const changes: Change[] = [
      [`${OPENING}> Hm.`, 'thinking'],
      closing('Hm.', '\n\n  Yes\n'),
      ['\n', 'answer'],
    ];
    expect(said(changes).content).to.equal('  Yes\n\n');
    const late: Change[] = [
      [`${OPENING}> Hm.`, 'thinking'],
      closing('Hm.', ''),
      ['\n', 'answer'],
      ['Yes', 'answer'],
    ];
    expect(said(late).content).to.equal('Yes');
  });

  it('goes on when an edit extends it, by whatever it repeats', () => {
    expect(
      said([
        ['Hello', 'answer'],
        [5, ' world', 'answer'],
      ]).content,
    ).to.equal('Hello world');
    expect(
      said([
        ['Hello', 'answer'],
        [0, 'Hello world', 'answer'],
      ]).content,
    ).to.equal('Hello world');
    expect(
      said([
        ['Hello', 'answer'],
        [3, 'lo', 'answer'],
        [' world', 'answer'],
      ]).content,
    ).to.equal('Hello world');
  });

  it('is not given twice when an edit cuts it and it comes again', () => {
    const changes: Change[] = [
      ['Hello world', 'answer'],
      [5, '', 'other'],
      [' wor', 'answer'],
      ['ld!', 'answer'],
    ];
    expect(said(changes).content.startsWith('Hello world')).to.equal(true);
    expect(said(changes).content.endsWith('ld!')).to.equal(true);
  });

  it('is given anew from where an edit really rewrites it', () => {
    expect(
      said([
        ['Hello world', 'answer'],
        [5, ' there', 'answer'],
        ['!', 'answer'],
      ]).content,
    ).to.equal('Hello world there!');
  });

  it('that was rewritten goes on from there', () => {
    const changes: Change[] = [
      ['Hello world', 'answer'],
      [5, ' there', 'answer'],
      [' ', 'answer'],
      ['wo', 'answer'],
    ];
    expect(said(changes).content).to.equal('Hello world there wo');
  });

  it('is not given again when a closing edit repeats everything from the first round on', () => {
    const first = closing('One.', 'Let me see.');
    const again = `${first[1]}\n\n${OPENING}> Two.\n</details>\nDone.`;
    const changes: Change[] = [
      [`${OPENING}> One.`, 'thinking'],
      first,
      [`\n\n${OPENING}> Two.`, 'thinking'],
      [CUT_AT, again, 'answer'],
    ];
    expect(said(changes).content.startsWith('Let me see.')).to.equal(true);
    expect(said(changes).content.split('Let me see.')).to.have.length(2);
  });
});

describe('Document: edits', () => {
  it('count code points, not UTF-16 units', () => {
    const changes: Change[] = [
      ['🙂🙂 one', 'answer'],
      [6, 'ly', 'answer'],
      [2, ' 思考', 'answer'],
    ];
    expect(
      said([
        ['🙂🙂 one', 'answer'],
        [6, ' two', 'answer'],
      ]).content,
    ).to.equal('🙂🙂 one two');
    expect(
      said([
        ['🙂🙂 one', 'answer'],
        [3, 'once', 'answer'],
      ]).content,
    ).to.equal('🙂🙂 oneonce');
    expect(said(changes).content).to.equal('🙂🙂 onely 思考');
  });

  it('agree with a document of code points, wherever they cut', () => {
    const text = fc.stringMatching(/^[ab🙂𝕏思\n]{0,8}$/u);
    const appended = text.map((piece): Change => [piece, 'answer']);
    const edited = fc.tuple(fc.nat(30), text).map(([index, piece]): Change => [index, piece, 'answer']);
    fc.assert(
      fc.property(fc.array(fc.oneof(appended, edited), { maxLength: 12 }), (changes) => {
        let document: string[] = [];
        let longest = 0;
        for (const change of changes) {
          if (change.length === 3) document = document.slice(0, change[0]);
          document.push(...(change.length === 3 ? change[1] : change[0]));
          longest = Math.max(longest, document.length);
        }
        // What was sent cannot be taken back; but the final document's end is always what was said last, if it is new.
        const { content } = said(changes);
        expect(content.length).to.be.at.least(document.join('').length);
        if (changes.every((change) => change.length === 2)) expect(content).to.equal(document.join(''));
      }),
      { numRuns: 500 },
    );
  });

  it('beyond the end append', () => {
    expect(
      said([
        ['🙂 a', 'answer'],
        [99, 'b', 'answer'],
      ]).content,
    ).to.equal('🙂 ab');
    expect(
      said([
        ['a', 'answer'],
        [99, 'b', 'answer'],
      ]).content,
    ).to.equal('ab');
  });

  it('that are empty, at the end of the document, say nothing', () => {
    const document = new Document();
    document.append('🙂 a', 'answer');
    expect(document.edit(3, '', 'other')).to.deep.equal([]);
    expect(document.edit(99, '', 'other')).to.deep.equal([]);
  });

  it('reach back before the last block', () => {
    const changes: Change[] = [
      ['Hello', 'answer'],
      [5, '\n<glm_block >{}</glm_block>', 'hidden'],
      [`${OPENING}> Hm.`, 'thinking'],
      [5, ' world', 'answer'],
      ['!', 'answer'],
    ];
    expect(said(changes)).to.deep.equal({ reasoning: 'Hm.', content: 'Hello world!' });
  });
});
