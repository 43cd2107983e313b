import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect } from 'chai';
import { ENVIRONMENT_FILES, quotedNames, readEnvironment } from '../../src/config/environment.js';

describe('readEnvironment', () => {
  let directory: string;

  beforeEach(() => {
    directory = mkdtempSync(join(tmpdir(), 'ztoapi-environment-'));
  });
  afterEach(() => rmSync(directory, { recursive: true }));

  const write = (file: string, content: string | Buffer) => writeFileSync(join(directory, file), content);

  it('is content without any file', () => {
    expect(readEnvironment(directory, {})).to.deep.equal({ values: {}, origins: {}, problems: [] });
  });

  it('lets the process win over .env.local, that over .env, and that over config.env, and says which', () => {
    for (const file of ENVIRONMENT_FILES) write(file, `A=${file}\nB=${file}\nC=${file}\nD=${file}\n`);
    write('.env.local', 'A=.env.local\nB=.env.local\n');
    write('.env', 'A=.env\nB=.env\nC=.env\n');
    const { values, origins, problems } = readEnvironment(directory, { A: 'process' });
    expect(values).to.deep.equal({ A: 'process', B: '.env.local', C: '.env', D: 'config.env' });
    expect(origins).to.deep.equal({ A: 'environment', B: '.env.local', C: '.env', D: 'config.env' });
    expect(problems).to.deep.equal([]);
  });

  it('falls through empty and blank values, in the process and in every file', () => {
    write('.env.local', 'A=\nB=""\nC=  # later\n');
    write('.env', 'A=\nB=\n');
    write('config.env', 'A=a\nB=b\nC=c\nD=\n');
    const { values, origins } = readEnvironment(directory, { A: '', B: '  ', C: undefined });
    expect(values).to.deep.equal({ A: 'a', B: 'b', C: 'c' });
    expect(origins).to.deep.equal({ A: 'config.env', B: 'config.env', C: 'config.env' });
  });

  it('reads a file with a byte order mark and Windows line ends', () => {
    write('.env.local', '\ufeffPORT=1234\r\nEMPTY=\r\nHOST=127.0.0.1\r\n');
    expect(readEnvironment(directory, {}).values).to.deep.equal({ PORT: '1234', HOST: '127.0.0.1' });
  });

  it('takes quotes off, and a # for a comment only outside of them', () => {
    write(
      '.env.local',
      [
        '# a comment, with a "quote and an it\'s',
        'DOUBLE="a b"',
        "SINGLE='x#y' # a comment",
        'QUOTED="k#1"',
        'PLAIN=value # a comment',
        'HASH=sk-a#b',
        'EQUALS=a=b',
        '#OFF=1',
        'export EXPORTED=1',
      ].join('\n'),
    );
    expect(readEnvironment(directory, {}).values).to.deep.equal({
      DOUBLE: 'a b',
      SINGLE: 'x#y',
      QUOTED: 'k#1',
      PLAIN: 'value',
      HASH: 'sk-a',
      EQUALS: 'a=b',
      EXPORTED: '1',
    });
  });

  for (const [encoding, bytes] of [
    ['UTF-16 with its mark', Buffer.from('\ufeffPORT=1234\r\n', 'utf16le')],
    ['UTF-16 without', Buffer.from('PORT=1234\r\n', 'utf16le')],
  ] as const) {
    it(`tells of a file in ${encoding}, and reads the others`, () => {
      write('.env.local', bytes);
      write('.env', 'PORT=2\n');
      const { values, problems } = readEnvironment(directory, {});
      expect(problems).to.have.length(1);
      expect(problems[0]).to.match(/^\.env\.local: .*UTF-16.*save it as UTF-8/);
      expect(values).to.deep.equal({ PORT: '2' });
    });
  }

  it('tells of a file that cannot be read, and reads the others', () => {
    mkdirSync(join(directory, '.env'));
    write('config.env', 'PORT=3\n');
    const { values, problems } = readEnvironment(directory, {});
    expect(problems).to.deep.equal(['.env: cannot be read (EISDIR); make it a readable file.']);
    expect(values).to.deep.equal({ PORT: '3' });
  });

  describe('names values that are in quotation marks', () => {
    const quoted = (environment: Record<string, string>) =>
      quotedNames(readEnvironment(directory, environment), Object.keys(environment));

    it('as docker run --env-file leaves them, of either kind, empty ones too', () => {
      expect(quoted({ A: '"abc"', B: "'abc'", C: '""', D: ' "abc" ' })).to.deep.equal(['A', 'B', 'C', 'D']);
    });

    it('not where a mark stands alone or within', () => {
      expect(quoted({ A: '"abc', B: 'abc"', C: 'a"b"c', D: '"', E: '"abc\'' })).to.deep.equal([]);
    });

    it('not where a file holds two pairs, which somebody meant', () => {
      write('.env', `A='"abc"'\nB="abc"\n`);
      const environment = readEnvironment(directory, {});
      expect(environment.values).to.deep.equal({ A: '"abc"', B: 'abc' });
      expect(quotedNames(environment, ['A', 'B'])).to.deep.equal([]);
    });

    it('and entries of lists, wherever they come from', () => {
      write('.env', `API_KEYS=ann:"k1",bob:k2\n`);
      expect(quotedNames(readEnvironment(directory, {}), ['API_KEYS'])).to.deep.equal(['API_KEYS']);
      expect(quoted({ MODEL_ALIASES: "gpt-*='GLM-4.5'" })).to.deep.equal(['MODEL_ALIASES']);
    });
  });
});
