import { expect } from 'chai';
import fc from 'fast-check';
import { EventStream, MAX_EVENT_LENGTH } from '../../src/upstream/event-stream.js';
import { CUT_SIZES, cut } from './support.js';

function read(reads: Iterable<Uint8Array>): string[] {
  const stream = new EventStream();
  const events: string[] = [];
  for (const bytes of reads) events.push(...stream.push(bytes));
  return [...events, ...stream.end()];
}

describe('EventStream', () => {
  const texts = ['{"a":"思考 🙂"}', '👨‍👩‍👧 家族', '{"b":1}', '[DONE]'];

  const forms: Record<string, string> = {
    'line feeds': texts.map((text) => `data: ${text}\n\n`).join(''),
    'carriage returns and line feeds': texts.map((text) => `data: ${text}\r\n\r\n`).join(''),
    'carriage returns alone': `${texts.map((text) => `data: ${text}\r\r`).join('')}: end\n`,
    'no space after the colon': texts.map((text) => `data:${text}\n\n`).join(''),
    'comments and other fields around': texts
      .map((text) => `: keep-alive\n\nevent: message\nid: 7\nretry: 10\ndata: ${text}\nunknown: x\n\n`)
      .join(''),
    'no empty line after the last event': texts
      .map((text) => `data: ${text}\n\n`)
      .join('')
      .trimEnd(),
    'a byte order mark in front': `\uFEFF${texts.map((text) => `data: ${text}\n\n`).join('')}`,
  };

  for (const [form, text] of Object.entries(forms)) {
    for (const size of CUT_SIZES) {
      it(`reads the same events with ${form}, cut every ${size} bytes`, () => {
        expect(read(cut(Buffer.from(text), size))).to.deep.equal(texts);
      });
    }
  }

  it('reads the same events whether each is a read of its own or all are one', () => {
    const events = [
      'data: {"a":1}\n\n',
      'data: 思考 🙂\n\n',
      'data: {"b":1}\r\n\r\n',
      'data: a\rdata: b\n\n',
      'data: first\ndata: second\n\n',
      'data: \n\n',
      'data:  two spaces\n\n',
      'data:none\n\n',
      'data\n\n',
      ': comment\n\n',
      'event: error\ndata: {}\n\n',
      'data: after\n\ndata: another\n\n',
      'event: error\n',
      'data: {"late":1}\n\n',
      'data: begun',
      'data: goes on\n\n',
      'data: [DONE]\n\n',
    ].map((event) => Buffer.from(event));
    const together = read([Buffer.concat(events)]);
    expect(together.length).to.be.greaterThan(10);
    expect(read(events)).to.deep.equal(together);
  });

  describe('gives an error as {"error": …}', () => {
    const ERRORS: Record<string, [sent: string, event: object]> = {
      'of the type error': ['event: error\ndata: {"code":"X"}\n\n', { error: { code: 'X' } }],
      'of that type, written otherwise': ['event:  ERROR \ndata: {}\n\n', { error: {} }],
      'of that type, in words': [
        'event: error\ndata: out of memory\n\n',
        { error: { message: 'out of memory' } },
      ],
      'of that type, with an error in it': ['event: error\ndata: {"error":{"a":1}}\n\n', { error: { a: 1 } }],
      'of that type, though it looks like a chunk': [
        'event: error\ndata: {"error":null,"choices":[{}]}\n\n',
        { error: { error: null, choices: [{}] } },
      ],
      'on a line of its own': [
        'error: {"code":500,"message":"x"}\n\n',
        { error: { code: 500, message: 'x' } },
      ],
      'on a line of its own, in words': ['error: boom\n', { error: { message: 'boom' } }],
    };
    for (const [form, [sent, event]] of Object.entries(ERRORS)) {
      for (const size of CUT_SIZES) {
        it(`${form}, cut every ${size} bytes`, () => {
          const events = read(cut(Buffer.from(`data: before\n\n${sent}`), size));
          expect(events).to.have.length(2);
          expect(JSON.parse(events[1] ?? '')).to.deep.equal(event);
        });
      }
    }
  });

  describe('by its first bytes', () => {
    for (const size of CUT_SIZES) {
      it(`takes one JSON document for one event, cut every ${size} bytes`, () => {
        const pretty = JSON.stringify({ text: 'data: 思考 🙂' }, null, 2);
        expect(
          read(cut(Buffer.from(`\uFEFF \n${pretty}\n`), size)).map((text) => JSON.parse(text)),
        ).to.deep.equal([JSON.parse(pretty)]);
      });

      it(`refuses a page, by its title, cut every ${size} bytes`, () => {
        const page = Buffer.from('\n<!doctype html><title>Sign in</title><p>data: x\n\n');
        expect(() => read(cut(page, size)))
          .to.throw('It is a page (“Sign in”)')
          .with.property('code', 'upstream_not_a_stream');
      });

      it(`refuses words, quoting them, cut every ${size} bytes`, () => {
        expect(() => read(cut(Buffer.from('no healthy upstream'), size)))
          .to.throw('It says: no healthy upstream.')
          .with.property('code', 'upstream_not_a_stream');
      });
    }

    it('reads no more of a page than its beginning', () => {
      const stream = new EventStream();
      expect(() => stream.push(Buffer.from(`<html>${'x'.repeat(5_000)}`))).to.throw('a page');
    });

    it('takes no document of more than 10 MiB', () => {
      const stream = new EventStream();
      stream.push(Buffer.from('{"a":"'));
      expect(() => {
        for (let count = 0; count < 12; count += 1) stream.push(megabyte);
      }).to.throw('more than 10 MiB');
    });
  });

  it('joins the data lines of one event', () => {
    expect(read([Buffer.from('data: one\ndata: two\n\n')])).to.deep.equal(['one\ntwo']);
  });

  it('gives an event with the read that completes it, not later', () => {
    const stream = new EventStream();
    expect(stream.push(Buffer.from('data: one\n'))).to.deep.equal([]);
    expect(stream.push(Buffer.from('\ndata: tw'))).to.deep.equal(['one']);
    expect(stream.push(Buffer.from('o\n\n'))).to.deep.equal(['two']);
    expect(stream.end()).to.deep.equal([]);
  });

  it('reads any text back, whatever the cuts', () => {
    const line = fc
      .string({ unit: 'binary', maxLength: 20 })
      .map((text) => text.replace(/[\r\n\uFEFF]/g, ' '));
    const cuts = fc.array(fc.nat(200), { maxLength: 20 });
    fc.assert(
      fc.property(fc.array(line, { minLength: 1, maxLength: 5 }), cuts, (lines, at) => {
        const bytes = Buffer.from(lines.map((text) => `data: ${text}\n\n`).join(''));
        const ends = [...new Set([0, ...at.filter((end) => end < bytes.length), bytes.length])].sort(
          (a, b) => a - b,
        );
        const reads = ends.slice(1).map((end, i) => bytes.subarray(ends[i], end));
        expect(read(reads)).to.deep.equal(lines);
      }),
      { numRuns: 50 },
    );
  });

  const megabyte = Buffer.alloc(1024 * 1024, 'x');

  it('takes an event of just under 10 MiB', () => {
    const long = Buffer.alloc(MAX_EVENT_LENGTH - 100, 'x');
    const [event] = read(cut(Buffer.concat([Buffer.from('data: '), long, Buffer.from('\n\n')]), 65_536));
    expect(event).to.have.length(long.length);
  });

  it('gives the events before one of more than 10 MiB, then throws', () => {
    const stream = new EventStream();
    const events = stream.push(Buffer.from('data: before\n\ndata: '));
    expect(() => {
      for (let i = 0; i < 12; i++) events.push(...stream.push(megabyte));
    })
      .to.throw('more than 10 MiB')
      .with.property('code', 'upstream_event_too_large');
    expect(events).to.deep.equal(['before']);
  });

  it('counts the data lines of one event together', () => {
    const stream = new EventStream();
    expect(() => {
      for (let i = 0; i < 12; i++)
        stream.push(Buffer.concat([Buffer.from('data: '), megabyte, Buffer.from('\n')]));
    }).to.throw('more than 10 MiB');
  });

  it('tells an overlong last event at the end of the body as well', () => {
    const stream = new EventStream();
    stream.push(Buffer.concat([Buffer.from('data: '), ...Array.from({ length: 11 }, () => megabyte)]));
    expect(() => stream.end()).to.throw('more than 10 MiB');
  });
});
