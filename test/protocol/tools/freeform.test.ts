import { expect } from 'chai';
import fc from 'fast-check';
import {
  defineFreeformTool,
  FreeformReader,
  unwrapInput,
  wrapInput,
} from '../../../src/protocol/tools/freeform.js';
import { cpuMsOf } from '../../support/cpu-time.js';

const PATCH =
  '*** Begin Patch\n*** Update File: a.ts\n-\tconst a = "\\d";\n+\tsay("世界 🙂");\n*** End Patch\n';

/** Reads the arguments in pieces of one size: the whole text, and the part that was returned before the end. */
function readIn(size: number, written: string): { text: string; early: string } {
  const reader = new FreeformReader();
  let early = '';
  for (let at = 0; at < written.length; at += size) early += reader.add(written.slice(at, at + size));
  return { text: early + reader.end(), early };
}

/** Expects the same text for every size of pieces. */
function expectText(written: string, text: string): void {
  for (const size of [1, 2, 3, 5, 7, written.length || 1]) {
    expect(readIn(size, written).text, `in pieces of ${size}`).to.equal(text);
  }
}

describe('FreeformReader', () => {
  it('reads the text of a call before the call is complete, wherever its arguments are split', () => {
    for (const written of [wrapInput(PATCH), `\n{ "input" :\t"${JSON.stringify(PATCH).slice(1)} }\n`]) {
      expectText(written, PATCH);
      for (const size of [1, 2, 3, 7, written.length]) expect(readIn(size, written).early).to.equal(PATCH);
    }
  });

  it('reads every escape of JSON', () => {
    expectText(
      String.raw`{"input":"\" \\ \/ \b\f\n\r\t é 世界 \ud83d\ude42 \uD83D\uDE42"}`,
      '" \\ / \b\f\n\r\t é 世界 🙂 🙂',
    );
  });

  it('never returns half of a surrogate pair', () => {
    for (const written of [wrapInput('a🙂b'), String.raw`{"input":"a\ud83d\ude42b"}`]) {
      const reader = new FreeformReader();
      const pieces = [...written].flatMap((sign) => sign.split('')).map((unit) => reader.add(unit));
      for (const piece of pieces) expect(piece).not.to.match(/\p{Surrogate}/u);
      expect(pieces.join('') + reader.end()).to.equal('a🙂b');
    }
  });

  it('replaces an unpaired surrogate', () => {
    expectText(String.raw`{"input":"a\ud83db\ude42c\ud83d"}`, 'a\uFFFDb\uFFFDc\uFFFD');
    expectText('{"input":"a\ud83db"}', 'a\uFFFDb');
  });

  const broken: [what: string, written: string, text: string][] = [
    ['raw line ends and tabs', '{"input":"a\nb\tc"}', 'a\nb\tc'],
    ['escapes that JSON does not know', String.raw`{"input":"\d+\s \x41 \u12"}`, String.raw`\d+\s \x41 \u12`],
    ['quotation marks that are not escaped', '{"input":"say "hi" to "all""}', 'say "hi" to "all"'],
    ['code that is not escaped', '{"input":"f({"a":1,"b":[2]})"}', 'f({"a":1,"b":[2]})'],
    ['a brace too many', '{"input":"a"}}', 'a'],
    ['no closing brace', '{"input":"a"', 'a'],
    ['no closing quotation mark', '{"input":"a', 'a'],
    ['an end in the middle of an escape', '{"input":"a\\u00', 'a'],
    ['further arguments', '{"input":"a","why":"b"}', 'a'],
    ['white space after the text', `{"input":"a"${' '.repeat(300)}}`, 'a'],
    [
      'a quotation mark before much white space',
      `{"input":"a" ${' '.repeat(300)}b"}`,
      `a" ${' '.repeat(300)}b`,
    ],
    ['an empty text', '{"input":""}', ''],
  ];
  for (const [what, written, text] of broken) {
    it(`tolerates ${what}`, () => expectText(written, text));
  }

  const others: [what: string, written: string, text: string][] = [
    ['text that is no JSON, as it is', PATCH, PATCH],
    ['a JSON string', JSON.stringify(PATCH), PATCH],
    ['an input that is not the first argument', JSON.stringify({ why: 'b', input: PATCH }), PATCH],
    ['the only text, whatever it is called', JSON.stringify({ patch: PATCH }), PATCH],
    ['several arguments without an input, as they are', '{"a":"1","b":"2"}', '{"a":"1","b":"2"}'],
    ['an input that is no text, as it is', '{"input":{"a":1}}', '{"input":{"a":1}}'],
    ['no arguments', '{}', ''],
    ['nothing', '', ''],
    ['a beginning behind much white space', `${' '.repeat(300)}{"input":"a"}`, 'a'],
  ];
  for (const [what, written, text] of others) {
    it(`reads ${what}`, () => expectText(written, text));
  }

  it('passes any text through, in any pieces', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary' }), fc.integer({ min: 1, max: 9 }), (text, size) => {
        expect(readIn(size, wrapInput(text)).text).to.equal(text);
        expect(unwrapInput(wrapInput(text))).to.equal(text);
      }),
    );
  });

  it('stays fast if a model writes endless white space', () => {
    const readAll = () => {
      for (const begin of ['', '{"input":"a" ', '{"input":"a', 'a "']) {
        const reader = new FreeformReader();
        reader.add(begin);
        for (let piece = 0; piece < 50_000; piece += 1) reader.add('  \n ');
        reader.end();
      }
    };
    expect(cpuMsOf(readAll)).to.be.lessThan(3_000);
  });
});

describe('defineFreeformTool', () => {
  it('offers one text argument, and describes the tool', () => {
    const { name, description, parameters } = defineFreeformTool('apply_patch', 'Edits files.', {
      type: 'text',
    });
    expect(name).to.equal('apply_patch');
    expect(description).to.match(/^Edits files\.\n\n.*`input`/s);
    expect(parameters).to.deep.include({ type: 'object', required: ['input'], additionalProperties: false });
    expect(parameters?.properties).to.have.nested.property('input.type', 'string');
    expect(defineFreeformTool('a', undefined, undefined).description).to.match(/^Call this tool/);
  });

  const definition = 'start: "a" NUMBER+';
  const grammars: [string, unknown, string][] = [
    ['of Responses', { type: 'grammar', syntax: 'lark', definition }, 'Lark grammar'],
    ['of chat completions', { type: 'grammar', grammar: { syntax: 'lark', definition } }, 'Lark grammar'],
    ['that is a pattern', { type: 'grammar', syntax: 'regex', definition }, 'regular expression'],
  ];
  for (const [what, format, words] of grammars) {
    it(`describes a grammar to the model: ${what}`, () => {
      const { description } = defineFreeformTool('a', 'Does.', format);
      expect(description).to.contain(words);
      expect(description?.endsWith(`:\n${definition}`)).to.equal(true);
    });
  }

  it('leaves out a grammar without a definition', () => {
    expect(defineFreeformTool('a', '', { type: 'grammar' }).description).not.to.match(/must/);
  });
});
