import { expect } from 'chai';
import fc from 'fast-check';
import type { CompletionEvent } from '../../../src/completion/event.js';
import { EXPECTED, SEQUENCES } from '../../../src/simulator/sequences.js';
import { Document, MAX_DOCUMENT_LENGTH } from '../../../src/upstream/zai-web/document.js';
import type { Phase } from '../../../src/upstream/zai-web/markup-reader.js';
import { cpuMsOf } from '../../support/cpu-time.js';

/** What the upstream does to the document: appends a piece, or cuts at an index and appends. */
type Change = [piece: string, phase: Phase] | [index: number, content: string, phase: Phase];

function shown(changes: readonly Change[]) {
  const document = new Document();
  const events = changes.flatMap((change) => apply(document, change));
  events.push(...document.end());
  return summed(events);
}

function apply(document: Document, change: Change): CompletionEvent[] {
  return change.length === 2 ? document.append(...change) : document.edit(...change);
}

function summed(events: CompletionEvent[]) {
  const sum = { reasoning: '', content: '', raw: '' };
  for (const event of events) {
    if (event.type === 'reasoning-delta') {
      sum.reasoning += event.text;
      sum.raw += event.raw ?? event.text;
    } else if (event.type === 'text-delta') sum.content += event.text;
  }
  return sum;
}

function said(changes: readonly Change[]) {
  const { reasoning, content } = shown(changes);
  return { reasoning, content };
}

const OPENING = '<details type="reasoning" done="false" view="">\n<summary>Thinking…</summary>\n';
const CUT_AT = '<details type="reasoning" done="'.length;

/** The edit that closes a first round of thinking: all of it again, then the first of the answer. */
function closing(reasoning: string, first: string): Change {
  const quoted = reasoning.replaceAll(/^/gm, '> ');
  const content = `true" duration="3" view="">\n<summary>Thought for 3 seconds</summary>\n${quoted}\n</details>\n${first}`;
  return [CUT_AT, content, 'answer'];
}

/** The changes that one sequence of the web chat consists of. */
function changesOf(payloads: readonly string[]): Change[] {
  const phases: Record<string, Phase> = {
    thinking: 'thinking',
    answer: 'answer',
    other: 'other',
    done: 'other',
  };
  const changes: Change[] = [];
  for (const payload of payloads.filter((line) => line.startsWith('{'))) {
    const { data } = JSON.parse(payload);
    const phase = phases[data.phase] ?? 'hidden';
    if (data.edit_content !== undefined) changes.push([data.edit_index, data.edit_content, phase]);
    if (data.delta_content) changes.push([data.delta_content, phase]);
    if (data.done) break;
  }
  return changes;
}

/** Every way to send one of the pieces, or the end of one of the edits, in two. */
function* splits(changes: readonly Change[]): Generator<Change[]> {
  for (const [position, change] of changes.entries()) {
    if (change.length === 3) continue;
    const [piece, phase] = change;
    for (let at = 1; at < piece.length; at++) {
      yield changes.toSpliced(position, 1, [piece.slice(0, at), phase], [piece.slice(at), phase]);
    }
  }
}

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

/** `text` appended in pieces that end at `ends`. */
function pieces(text: string, ends: readonly number[], phase: Phase): Change[] {
  const sorted = [0, ...ends.filter((end) => end < text.length), text.length].sort((a, b) => a - b);
  return sorted.slice(1).map((end, i): Change => [text.slice(sorted[i], end), phase]);
}
