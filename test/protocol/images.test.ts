import { expect } from 'chai';
import { parseImageUrl } from '../../src/protocol/images.js';
import { BadRequestError } from '../../src/vocabulary/errors.js';

describe('parseImageUrl', () => {
  const fine = [
    'data:image/png;base64,AAAA',
    'DATA:IMAGE/JPEG;BASE64,AAAA',
    'data:image/svg+xml;base64,AAAA',
    'https://example.com/a.png?x=1#y',
    'http://127.0.0.1:8080/a',
  ];
  for (const url of fine) {
    it(`accepts ${url} unchanged`, () => {
      expect(parseImageUrl(url, 'at')).to.deep.equal({ type: 'image', url, param: 'at' });
    });
  }

  const none = [
    undefined,
    null,
    5,
    '',
    'a.png',
    'data:text/html;base64,AAAA',
    'data:image/png,AAAA',
    'file:///etc/passwd',
    'ftp://example.com/a.png',
    'javascript:alert(1)',
    'https:///a',
    ' https://example.com/a.png',
  ];
  for (const url of none) {
    it(`refuses ${JSON.stringify(url)}, naming the field`, () => {
      expect(() => parseImageUrl(url, 'messages[0].content[1].image_url.url'))
        .to.throw(
          BadRequestError,
          /^messages\[0\]\.content\[1\]\.image_url\.url must be an image as a data URL/,
        )
        .with.property('param', 'messages[0].content[1].image_url.url');
    });
  }

  it('keeps `detail` if it is a string', () => {
    expect(parseImageUrl('https://example.com/a', 'at', 'high')).to.have.property('detail', 'high');
    expect(parseImageUrl('https://example.com/a', 'at', 5)).not.to.have.property('detail');
  });

  it('accepts a data URL of 5 MB, and quotes nothing of a wrong one in the error', () => {
    const image = 'A'.repeat(5_000_000);
    expect(parseImageUrl(`data:image/png;base64,${image}`, 'at').url).to.have.length(5_000_022);
    expect(() => parseImageUrl(`data:text/plain;base64,${image}`, 'at')).to.throw(/^.{0,120}$/);
  });
});
