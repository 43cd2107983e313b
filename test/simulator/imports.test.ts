import { readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { expect } from 'chai';

const FOLDER = path.join(import.meta.dirname, '../../src/simulator');
/** `import …`, `export … from`, and `import()` in code and in types. */
const IMPORTED = /(?:\bfrom|\bimport|\bimport\()\s*'([^']+)'/g;

describe('the simulator', () => {
  it('imports of the gateway only the table of models, so that tests notice a changed prompt or marker', () => {
    const files = readdirSync(FOLDER).filter((name) => name.endsWith('.ts'));
    const imported = files.flatMap((name) => {
      const text = readFileSync(path.join(FOLDER, name), 'utf8');
      return [...text.matchAll(IMPORTED)].map(([, from = '']) => from);
    });
    expect(imported).to.include('./server.js').and.to.include('node:http');
    const others = imported.filter((from) => from.startsWith('..') || path.isAbsolute(from));
    expect([...new Set(others)]).to.deep.equal(['../upstream/models.js']);
  });
});
