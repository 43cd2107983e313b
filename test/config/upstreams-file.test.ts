import { readFileSync } from 'node:fs';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect } from 'chai';
import { ConfigError, loadConfig } from '../../src/config/config.js';
import type { Environment } from '../../src/config/environment.js';
import { Pools } from '../../src/routing/pools.js';
import { upstreamEntry } from '../support/upstreams.js';

const CODING = 'https://api.z.ai/api/coding/paas/v4';
const WEB = 'https://chat.z.ai/api/chat/completions';
const GPU = '{name: gpu, url: "http://gpu:8000/v1"}';

/** The configuration with this file. */
function load(text: string, env: Environment = {}, origins: Record<string, string> = {}) {
  return loadConfig({ UPSTREAMS_FILE: 'upstreams.yaml', ...env }, { origins, readText: () => text });
}

function problemsOf(
  text: string,
  env: Environment = {},
  origins: Record<string, string> = {},
): readonly string[] {
  try {
    load(text, env, origins);
  } catch (error) {
    if (error instanceof ConfigError) return error.problems;
    throw error;
  }
  return [];
}

const list = (...entries: string[]) => `upstreams:\n${entries.map((entry) => `  - ${entry}\n`).join('')}`;

describe('UPSTREAMS_FILE', () => {
  it('names upstreams with their credentials, models, slots, priority and owner', () => {
    const text = `
upstreams:
  - name: team
    url: https://api.z.ai/api/paas/v4
    token_variable: ZAI_TOKEN_TEAM
    slots: 5
    models:
      GLM-5.3: glm-5.3
    fallback:
      GLM-5.4: GLM-5.3
  - name: ann
    url: ${CODING}
    token: "id.secret"
    owner: ann
    priority: 0
`;
    const config = load(text, { ZAI_TOKEN_TEAM: 'team.secret', API_KEYS: 'ann:sk-a,bob:sk-b' });
    expect(config.upstreams).to.deep.equal([
      upstreamEntry({
        token: 'team.secret',
        tokenVariable: 'ZAI_TOKEN_TEAM',
        slots: 5,
        models: { 'GLM-5.3': 'glm-5.3' },
        fallback: { 'GLM-5.4': 'GLM-5.3' },
      }),
      upstreamEntry({ name: 'ann', url: CODING, owner: 'ann', priority: 0 }),
    ]);
  });

  it('gives entries without slots those of UPSTREAM_SLOTS, and recognizes what each speaks', () => {
    const { upstreams } = load(list(GPU, `{name: chat, url: "${WEB}", slots: unlimited}`), {
      UPSTREAM_SLOTS: '4',
    });
    expect(upstreams.map(({ slots, protocol }) => [slots, protocol])).to.deep.equal([
      [4, 'openai'],
      ['unlimited', 'zai-web'],
    ]);
  });

  it('has a digest that changes with the entries, and not with comments', () => {
    const digest = (text: string) => load(text).upstreamsDigest;
    expect(digest(list(GPU))).to.match(/^[0-9a-f]{12}$/);
    expect(digest(`# a comment\n${list(GPU)}`)).to.equal(digest(list(GPU)));
    const withToken = (token: string, slots = 2) =>
      digest(list(`{name: gpu, url: "http://gpu:8000/v1", token: ${token}, slots: ${slots}}`));
    expect(withToken('one.secret')).not.to.equal(withToken('one.secret', 3));
    // A token could be guessed from it.
    expect(withToken('one.secret')).to.equal(withToken('two.secret'));
    expect(loadConfig({}).upstreamsDigest).to.equal(undefined);
  });

  const bad: [title: string, text: string, env: Environment, problem: RegExp][] = [
    ['text that is no YAML', 'upstreams:\n  - [', {}, /^UPSTREAMS_FILE: line \d+: not YAML \(\w+\); correct/],
    ['no entries', 'upstreams: []', {}, /found no list of entries; allowed: `upstreams:`/],
    ['another field at the top', `${list(GPU)}tokens: []`, {}, /and nothing else/],
    ['an entry that is no map', list('gpu'), {}, /entry 1, found no fields; allowed: name, url/],
    [
      'an entry without a name',
      list('{url: "http://gpu/v1"}'),
      {},
      /entry 1, name: missing; allowed: up to 40 letters/,
    ],
    [
      'an address that is none',
      list('{name: gpu, url: gpu}'),
      {},
      /entry 1 \(gpu\), url: not valid; allowed: an http/,
    ],
    [
      'an unknown field',
      list('{name: gpu, url: "http://gpu/v1", slot: 3}'),
      {},
      /entry 1 \(gpu\), slot: unknown; allowed: name, url, protocol, token, token_variable, slots/,
    ],
    [
      'no slots at all',
      list('{name: gpu, url: "http://gpu/v1", slots: 0}'),
      {},
      /slots: not valid; allowed: a whole number from 1 to 10000, auto or unlimited/,
    ],
    [
      'a priority in words',
      list('{name: gpu, url: "http://gpu/v1", priority: high}'),
      {},
      /priority: not valid/,
    ],
    [
      'models that are a list',
      list('{name: gpu, url: "http://gpu/v1", models: [glm-5.3]}'),
      {},
      /models: not valid; allowed: lines of the form NAME: ID/,
    ],
    [
      'a protocol that is none',
      list('{name: gpu, url: "http://gpu/v1", protocol: anthropic}'),
      {},
      /protocol: not valid; allowed: auto, zai-web or openai/,
    ],
    [
      'a variable that is not set',
      list('{name: gpu, url: "http://gpu/v1", token_variable: ZAI_TOKEN_GPU}'),
      {},
      /token_variable: ZAI_TOKEN_GPU is not set.*set it in \.env\.local/,
    ],
    [
      'the public key as an owner',
      list('{name: gpu, url: "http://gpu/v1", owner: public}'),
      {},
      /owner: found `public`, the key that everybody has/,
    ],
    ['two entries of one name', list(GPU, GPU.replace('8000', '8001')), {}, /entry gpu: found twice/],
    [
      'one account in two entries',
      list('{name: a, url: "http://gpu/v1", token: t.t}', '{name: b, url: "http://gpu/v1", token: t.t}'),
      {},
      /entry b: has the address and the token of a/,
    ],
    [
      'a coding plan without an owner',
      list(`{name: plan, url: "${CODING}", token: t.t}`),
      {},
      /entry 1 \(plan\), owner: missing; a personal coding plan is for one person and may not be shared/,
    ],
    [
      'a coding plan that stands in for others',
      list(`{name: plan, url: "${CODING}", owner: ann, fallback: {GLM-5.3: GLM-5.2}}`),
      { API_KEYS: 'ann:sk-a' },
      /fallback: found at a personal coding plan/,
    ],
    [
      'guests of the web chat twice',
      list(`{name: a, url: "${WEB}"}`, `{name: b, url: "${WEB}?x=1"}`),
      {},
      /entries a, b: all are the web chat, whose free accounts and guests are not pooled/,
    ],
    [
      'shared accounts of the web chat',
      list(`{name: a, url: "${WEB}", token: a.b.c}`, `{name: b, url: "${WEB}", token: d.e.f}`),
      {},
      /are not pooled/,
    ],
    [
      'guests who have an owner beside others',
      list(`{name: a, url: "${WEB}"}`, `{name: b, url: "${WEB}?x=1", owner: ann}`),
      { API_KEYS: 'ann:sk-a' },
      /are not pooled/,
    ],
    [
      'UPSTREAM_URL beside it',
      list(GPU),
      { UPSTREAM_URL: 'http://gpu/v1' },
      /^UPSTREAM_URL: found beside UPSTREAMS_FILE.*remove UPSTREAM_URL/,
    ],
    [
      'UPSTREAM_MODEL beside it',
      list(GPU),
      { UPSTREAM_MODEL: 'glm-5.3' },
      /^UPSTREAM_MODEL: found beside.*remove UPSTREAM_MODEL/,
    ],
    [
      'UPSTREAM_PROTOCOL beside it',
      list(GPU),
      { UPSTREAM_PROTOCOL: 'openai' },
      /^UPSTREAM_PROTOCOL: found beside/,
    ],
    [
      'a ZAI_TOKEN that no entry names',
      list(GPU),
      { ZAI_TOKEN: 'a.b' },
      /^ZAI_TOKEN: found beside UPSTREAMS_FILE, where no entry has `token_variable: ZAI_TOKEN`; remove it/,
    ],
    [
      'two coding plans of one owner',
      list(
        `{name: a, url: "${CODING}", token: a.a, owner: ann}`,
        `{name: b, url: "${CODING}", token: b.b, owner: ann}`,
      ),
      { API_KEYS: 'ann:sk-a' },
      /entries a, b: all are coding plans of one owner, which are not pooled; keep one/,
    ],
    [
      'two accounts of the web chat of one owner',
      list(
        `{name: a, url: "${WEB}", token: a.a.a, owner: ann}`,
        `{name: b, url: "${WEB}", token: b.b.b, owner: ann}`,
      ),
      { API_KEYS: 'ann:sk-a' },
      /entries a, b: all are free accounts of the web chat of one owner/,
    ],
    [
      'one account twice, with a slash at the end of its address',
      list('{name: a, url: "http://gpu/v1", token: a}', '{name: b, url: "http://gpu/v1/", token: a}'),
      {},
      /entry b: has the address and the token of a/,
    ],
    [
      'a token_variable that every object has',
      list('{name: a, url: "http://gpu/v1", token_variable: constructor}'),
      {},
      /token_variable: the variable that it names is not set/,
    ],
    [
      'a name that every object has',
      list('{name: constructor, url: "http://gpu/v1"}'),
      {},
      /entry 1, name: not valid/,
    ],
    ['more than 500 entries', list(...Array<string>(501).fill('{}')), {}, /1 to 500 entries/],
  ];
  for (const [title, text, env, problem] of bad) {
    it(`may not have ${title}`, () => {
      const problems = problemsOf(text, env);
      expect(problems).to.have.lengthOf(1);
      expect(problems[0]).to.match(problem);
    });
  }

  it('is refused with all of its problems at once', () => {
    const problems = problemsOf(
      list('{name: a b, url: gpu, slots: none}', '{name: ok, url: "http://gpu/v1", owner: public}'),
      {
        UPSTREAM_URL: 'http://gpu/v1',
      },
    );
    expect(problems.map((problem) => problem.replace(/; .*/, ''))).to.deep.equal([
      'UPSTREAMS_FILE: entry 1, name: not valid',
      'UPSTREAMS_FILE: entry 1, url: not valid',
      'UPSTREAMS_FILE: entry 1, slots: not valid',
      'UPSTREAMS_FILE: entry 2 (ok), owner: found `public`, the key that everybody has',
      'UPSTREAM_URL: found beside UPSTREAMS_FILE, whose entries say it',
    ]);
  });

  it('has all problems of an entry told at once, those of fields together included', () => {
    const [slots, owner, ...more] = problemsOf(list(`{name: plan, url: "${CODING}", slots: none}`));
    expect(slots).to.contain('slots: not valid');
    expect(owner).to.contain('owner: missing');
    expect(more).to.deep.equal([]);
  });

  it('may stand beside what config.env sets, and beside a ZAI_TOKEN that an entry names', () => {
    const own = { UPSTREAM_URL: WEB, UPSTREAM_MODEL: 'x', UPSTREAM_PROTOCOL: 'openai', ZAI_TOKEN: 'a.b' };
    const origins = Object.fromEntries(Object.keys(own).map((name) => [name, 'config.env']));
    expect(problemsOf(list(GPU), own, origins)).to.deep.equal([]);
    const named = list('{name: gpu, url: "http://gpu/v1", token_variable: ZAI_TOKEN}');
    expect(problemsOf(named, { ZAI_TOKEN: 'a.b', UPSTREAM_PROTOCOL: 'auto' })).to.deep.equal([]);
  });

  it('may have a plan for each owner, and one account of the web chat for each', () => {
    const text = list(
      `{name: ann-plan, url: "${CODING}", token: a.a, owner: ann}`,
      `{name: bob-plan, url: "${CODING}", token: b.b, owner: bob}`,
      `{name: ann-chat, url: "${WEB}", token: a.b.c, owner: ann}`,
      `{name: guests, url: "${WEB}"}`,
    );
    expect(problemsOf(text, { API_KEYS: 'ann:sk-a,bob:sk-b' })).to.deep.equal([]);
  });

  for (const file of ['docs/upstreams.md', 'docs/zh-CN/upstreams.md'])
    it(`may be the example of ${file}`, () => {
      const document = readFileSync(new URL(`../../${file}`, import.meta.url), 'utf8');
      const [, example = ''] = /```yaml\n([\s\S]*?)```/.exec(document) ?? [];
      const env = { ZAI_TOKEN_TEAM: 'a.b', ZAI_TOKEN_ANN: 'c.d', API_KEYS: 'ann:sk-a' };
      expect(load(example, env).upstreams.map(({ name }) => name)).to.deep.equal(['team', 'ann', 'gpu']);
    });

  it('tells the same plan from another by its path, however that is written', () => {
    for (const path of ['api//coding/paas/v4', 'api/%63oding/paas/v4', 'api/Coding/paas/v4'])
      expect(problemsOf(list(`{name: a, url: "https://api.z.ai/${path}"}`))[0], path).to.contain(
        'owner: missing',
      );
  });

  it('may name what every object has', () => {
    const odd = `{name: a, url: "http://gpu/v1", models: {x: y}, fallback: {x: constructor}}`;
    expect(new Pools(load(list(odd)).upstreams).getGroups('x')).to.have.keys('a/y', 'a/constructor');
  });

  it('is refused when it is too large to be read while requests run', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'upstreams-'));
    const path = join(folder, 'upstreams.yaml');
    await writeFile(path, `${list(GPU)}${'#'.repeat(262_144)}`);
    expect(() => loadConfig({ UPSTREAMS_FILE: path })).to.throw(ConfigError, 'FileTooLargeError');
    await rm(folder, { recursive: true });
  });

  it('warns of nothing by itself, since YAML’s warnings quote the file', async () => {
    const seen: string[] = [];
    const note = (warning: Error) => seen.push(warning.message);
    process.on('warning', note);
    problemsOf(list('{name: a, url: "http://gpu/v1", token: {{ canary }}}'));
    await new Promise((resolve) => setImmediate(resolve));
    process.off('warning', note);
    expect(seen).to.deep.equal([]);
  });

  it('never has its tokens in a message', () => {
    const texts = [
      'upstreams:\n  - {name: a, url: "http://gpu/v1", token_variable: canary0123456789abcdef}',
      `upstreams:\n  - {name: a, url: "http://gpu/v1", owner: canary${'0'.repeat(26)}.canary0123456789}`,
      'upstreams:\n  - name: a\n    token: canary.secret\n   url: x',
      'upstreams:\n  - token: "canary secret"\n    name: a\n    url: b',
      'upstreams:\n  - canary.secret: a\n    name: a\n    url: b',
      'upstreams:\n  - canary.secret',
      'canary.secret',
      'upstreams:\n  - name: "canary secret"\n    token: *canary\n    url: b',
      'upstreams:\n  - {name: a, url: "http://user:canary@gpu/v1", slots: canary}',
      'upstreams:\n  - {name: a, url: "http://gpu/v1", token: canary.secret}\n  - {name: b, url: "http://gpu/v1", token: canary.secret}',
    ];
    for (const text of texts) {
      const problems = problemsOf(text);
      expect(problems, text).not.to.have.lengthOf(0);
      expect(problems.join('\n'), text).not.to.contain('canary');
    }
  });
});
