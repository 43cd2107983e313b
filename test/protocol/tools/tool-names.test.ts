import { expect } from 'chai';
import { type ToolForm, ToolNames } from '../../../src/protocol/tools/tool-names.js';
import { cpuMsOf } from '../../support/cpu-time.js';

const plain = (name: string): ToolForm => ({ type: 'function', name });
const member = (namespace: string, name: string): ToolForm => ({ type: 'function', namespace, name });
const custom = (name: string): ToolForm => ({ type: 'custom', name });

function namesOf(forms: readonly ToolForm[]): string[] {
  const names = new ToolNames(forms);
  return forms.map((form) => names.nameOf(form));
}

/** Names that the Chat Completions API allows. */
const ALLOWED = /^[a-zA-Z0-9_-]{1,64}$/;

describe('ToolNames', () => {
  const joined: [string, string, string][] = [
    ['mcp__docs', 'search', 'mcp__docs__search'],
    ['mcp__docs__', 'search', 'mcp__docs__search'],
    ['docs', 'search', 'docs__search'],
    ['mcp__node.repl', 'run-js', 'mcp__node_repl__run-js'],
    ['文档', '搜索', '______'],
  ];
  for (const [namespace, name, offered] of joined) {
    it(`offers ${name} of ${namespace} as ${offered}`, () => {
      expect(namesOf([member(namespace, name)])).to.deep.equal([offered]);
    });
  }

  it('keeps names outside of namespaces unchanged', () => {
    const forms = [plain('shell'), custom('apply_patch'), plain('获取天气'), plain('x'.repeat(200))];
    expect(namesOf(forms)).to.deep.equal(forms.map(({ name }) => name));
  });

  it('keeps joined names within 64 characters, and unique', () => {
    const long = 'a_rather_long_name_of_a_tool_that_somebody_wrote_without_any_care';
    const names = namesOf([member('mcp__server', `${long}_1`), member('mcp__server', `${long}_2`)]);
    for (const name of names)
      expect(name)
        .to.match(ALLOWED)
        .and.to.match(/^mcp__server__a_rather/);
    expect(new Set(names)).to.have.property('size', 2);
  });

  const alike: [string, ToolForm[]][] = [
    ['of two namespaces', [member('a', 'b__c'), member('a__b', 'c')]],
    ['that differ in characters that are not allowed', [member('a', 'b.c'), member('a', 'b c')]],
    ['of a namespace and of a function', [plain('a__b'), member('a', 'b')]],
    ['of a freeform tool and of a function', [custom('a'), plain('a')]],
    ['like __proto__', [plain('__proto__'), custom('__proto__'), custom('constructor')]],
  ];
  for (const [what, forms] of alike) {
    it(`makes names unique ${what}, in any order, and maps them back`, () => {
      const names = namesOf(forms);
      expect(new Set(names)).to.have.property('size', forms.length);
      expect(namesOf([...forms].reverse()).reverse()).to.deep.equal(names);
      const known = new ToolNames(forms);
      expect(names.map((name) => known.formOf(name))).to.deep.equal(forms);
    });
  }

  it('keeps the name of a plain function if a joined name collides with it', () => {
    const [first, second] = namesOf([member('a', 'b'), plain('a__b')]);
    expect(second).to.equal('a__b');
    expect(first).to.match(/^a__b_[0-9a-f]{8}$/);
  });

  it('finds a tool by the client’s name and by the offered one', () => {
    const names = new ToolNames([member('a', 'b'), custom('c')]);
    expect(names.find(member('a', 'b'))).to.equal('a__b');
    expect(names.find(plain('a__b'))).to.equal('a__b');
    expect(names.find(plain('c'))).to.equal('c');
    expect(names.find(member('functions', 'c'))).to.equal('c');
    expect(names.find(plain('b'))).to.equal(undefined);
    expect(names.find(member('x', 'b'))).to.equal(undefined);
  });

  it('gives calls of tools that are no longer declared their former names', () => {
    const names = new ToolNames([]);
    expect(names.nameOf(member('a', 'b'))).to.equal('a__b');
    expect(names.nameOf(custom('c'))).to.equal('c');
  });

  it('treats a call of an unknown name as a function’s', () => {
    expect(new ToolNames([custom('a')]).formOf('b')).to.deep.equal(plain('b'));
  });

  it('takes time in proportion to the number of tools', () => {
    const nameAll = () => {
      const forms = Array.from({ length: 100_000 }, (_, index) => member(`n${index % 7}`, `tool${index}`));
      expect(new ToolNames(forms).nameOf(member('n0', 'tool0'))).to.equal('n0__tool0');
    };
    expect(cpuMsOf(nameAll)).to.be.lessThan(3_000);
  });
});
