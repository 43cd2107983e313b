import { expect } from 'chai';
import { parseContent, parsePart, parseResultContent } from '../../src/protocol/content.js';
import { BadRequestError } from '../../src/vocabulary/errors.js';

const URL = 'https://example.com/a.png';
const DATA = 'iVBORw0KGgo=';
const DATA_URL = `data:image/png;base64,${DATA}`;

describe('Content parts in the forms of all client protocols', () => {
  const texts: [part: unknown, text: string][] = [
    ['bare', 'bare'],
    [{ type: 'text', text: 'a' }, 'a'],
    [{ type: 'input_text', text: 'a' }, 'a'],
    [{ type: 'output_text', text: 'a', annotations: [] }, 'a'],
    [{ type: 'refusal', refusal: 'no' }, 'no'],
    [{ type: 'document', title: 'T', source: { type: 'text', data: 'd' } }, 'T\nd'],
    [{ type: 'document', source: { type: 'content', content: 'd' } }, 'd'],
    [
      {
        type: 'document',
        source: {
          type: 'content',
          content: [
            { type: 'text', text: 'd' },
            { type: 'image_url', image_url: URL },
          ],
        },
      },
      'd\n[image omitted: documents can only hold text here]',
    ],
    [{ type: 'search_result', title: 'T', source: 's', content: [{ type: 'text', text: 'c' }] }, 'T\ns\nc'],
    [{ type: 'tool_reference', tool_name: 'look' }, 'look'],
    [{ type: 'resource', resource: { uri: 'file:///a', mimeType: 'text/plain', text: 'r' } }, 'file:///a\nr'],
    [{ type: 'resource_link', name: 'A', uri: 'file:///a' }, 'A\nfile:///a'],
  ];
  for (const [part, text] of texts) {
    it(`are read as text: ${JSON.stringify(part).slice(0, 70)}`, () => {
      expect(parsePart(part, 'at')).to.deep.equal({ type: 'text', text });
    });
  }

  const images: [part: object, url: string, param: string][] = [
    [{ type: 'image_url', image_url: { url: URL } }, URL, 'at.image_url.url'],
    [{ type: 'image_url', image_url: URL }, URL, 'at.image_url.url'],
    [{ type: 'input_image', image_url: URL }, URL, 'at.image_url'],
    [{ type: 'input_image', image_url: { url: URL } }, URL, 'at.image_url'],
    [{ type: 'image', source: { type: 'url', url: URL } }, URL, 'at.source.url'],
    [
      { type: 'image', source: { type: 'base64', media_type: 'image/png', data: DATA } },
      DATA_URL,
      'at.source.data',
    ],
    [{ type: 'image', data: DATA, mimeType: 'image/png' }, DATA_URL, 'at.data'],
  ];
  for (const [part, url, param] of images) {
    it(`are read as an image: ${JSON.stringify(part).slice(0, 70)}`, () => {
      expect(parsePart(part, 'at')).to.deep.equal({ type: 'image', url, param });
    });
  }

  const unreadable: [part: object, kind: string, param: string][] = [
    [{ type: 'input_audio', input_audio: { data: 'x', format: 'wav' } }, 'audio', 'at'],
    [{ type: 'audio', data: 'x', mimeType: 'audio/wav' }, 'audio', 'at'],
    [{ type: 'video_url', video_url: { url: URL } }, 'video', 'at'],
    [{ type: 'file', file: { file_data: 'data:application/pdf;base64,x' } }, 'PDF', 'at'],
    [{ type: 'file', file: { filename: 'a.pdf', file_data: 'x' } }, 'file "a.pdf"', 'at'],
    [{ type: 'input_file', filename: 'a.csv', file_id: 'f' }, 'file "a.csv"', 'at'],
    [
      { type: 'document', source: { type: 'base64', media_type: 'application/pdf', data: 'x' } },
      'PDF',
      'at.source',
    ],
    [{ type: 'document', source: { type: 'file', file_id: 'f' } }, 'file', 'at.source'],
    [{ type: 'resource', resource: { uri: 'file:///a.bin', blob: 'x' } }, 'file "file:///a.bin"', 'at'],
    [{ type: 'container_upload', file_id: 'f' }, '"container_upload" part', 'at'],
    [{ type: 'image', source: { type: 'file', file_id: 'f' } }, 'image', 'at.source'],
    [
      { type: 'image', source: { type: 'base64', media_type: 'image/png', data: '' } },
      'image',
      'at.source.data',
    ],
    [{ type: 'input_image', file_id: 'f' }, 'image', 'at.file_id'],
    [{ type: 'image_url', image_url: { url: 'file:///etc/passwd' } }, 'image', 'at.image_url.url'],
  ];
  for (const [part, kind, param] of unreadable) {
    it(`are marked as unreadable (${kind}): ${JSON.stringify(part).slice(0, 70)}`, () => {
      const read = parsePart(part, 'at');
      expect(read).to.include({ type: 'unreadable', kind });
      const { error } = read as { error: BadRequestError };
      expect(error).to.be.instanceOf(BadRequestError).and.to.include({ status: 400, param });
      expect(error.message.startsWith(param)).to.equal(true);
    });
  }

  it('are refused in any message if they are malformed', () => {
    for (const part of [
      5,
      null,
      [],
      {},
      { text: 'a' },
      { type: 5 },
      { type: 'text' },
      { type: 'text', text: 5 },
    ]) {
      expect(() => parsePart(part, 'at'), JSON.stringify(part)).to.throw(BadRequestError, /^at/);
    }
    for (const content of [5, true])
      expect(() => parseContent(content, 'at')).to.throw(BadRequestError, /^at must/);
  });
});

describe('The result of a tool', () => {
  it('is parsed as content if it has the form of content', () => {
    expect(parseResultContent('done', 'at')).to.equal('done');
    for (const nothing of [undefined, null, '']) expect(parseResultContent(nothing, 'at')).to.equal('');
    expect(parseResultContent([], 'at')).to.deep.equal([]);
    expect(parseResultContent([{ type: 'text', text: 'a' }, 'b'], 'at')).to.deep.equal([
      { type: 'text', text: 'a' },
      { type: 'text', text: 'b' },
    ]);
  });

  it('becomes JSON text in any other form', () => {
    for (const value of [{ degrees: 4 }, [{ city: 'Oslo' }], [1, 2], 4, true]) {
      expect(parseResultContent(value, 'at')).to.equal(JSON.stringify(value));
    }
  });
});
