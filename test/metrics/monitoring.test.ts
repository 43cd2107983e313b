import { readFileSync } from 'node:fs';
import { expect } from 'chai';
import { parse } from 'yaml';
import { type Json, useGateway } from '../support/gateway.js';
import { needs, type RedisServer, startRedis, until } from '../support/redis.js';

const FOLDER = new URL('../../scripts/monitoring/', import.meta.url);
const rules: Json = parse(readFileSync(new URL('rules.yml', FOLDER), 'utf8'));
const dashboard: Json = JSON.parse(readFileSync(new URL('dashboard.json', FOLDER), 'utf8'));

/** Every expression, by the name of its alert or panel. */
const EXPRESSIONS: [string, string][] = [
  ...rules.groups[0].rules.map(({ alert, expr }: Json) => [alert, expr]),
  ...dashboard.panels.flatMap(({ title, targets = [] }: Json) =>
    targets.map(({ expr }: Json) => [title, expr]),
  ),
];

interface Sample {
  readonly name: string;
  readonly labels: ReadonlyMap<string, string>;
}

function parseSamples(text: string): Sample[] {
  return text.split('\n').flatMap((line) => {
    const [, name, labels = ''] = /^([a-z]\w*)(?:\{(.*)\})? \S+$/.exec(line) ?? [];
    const pairs = [...labels.matchAll(/(\w+)="((?:[^"\\]|\\.)*)"/g)].map(
      ([, label = '', value = '']) => [label, value] as const,
    );
    return name === undefined ? [] : [{ name, labels: new Map(pairs) }];
  });
}

const namesIn = (expression: string) => expression.match(/\b(?:ztoapi|nodejs|process)_\w+/g) ?? [];
const labelsIn = (expression: string) => [
  ...[...expression.matchAll(/\bby \(([^)]+)\)/g)].flatMap(([, list = '']) => list.split(/,\s*/)),
  ...[...expression.matchAll(/(\w+)=~?"/g)].map(([, label = '']) => label),
];

describe('The rules and the dashboard for monitoring', () => {
  let server: RedisServer;
  const env = {
    REDIS_URL: '',
    METRICS_PORT: '0',
    METRICS_KEYS: 'true',
    UPSTREAM_SLOTS: '1',
    API_KEYS: 'ann:key-of-ann',
  };
  before(async function () {
    needs(this, 'redis-server');
    server = await startRedis();
    env.REDIS_URL = server.url;
  });
  const rig = useGateway({ form: 'zai', env });
  after(() => server?.stop('SIGTERM'));

  it('name only metrics and labels that a gateway exports once it has served requests', async () => {
    const headers = { authorization: 'Bearer key-of-ann' };
    const asked = ['Hello', 'Hello', 'Hello', 'sim:served=glm-4.5-air'];
    await Promise.all(asked.map(async (text) => (await rig.ask(text, { headers })).text()));
    await until(() => rig.records.length === asked.length);
    const address = /metrics at (\S+?\/metrics)/.exec(rig.log)?.[1] ?? '';
    const samples = parseSamples(await (await fetch(address)).text());
    for (const [title, expression] of EXPRESSIONS) {
      const names = namesIn(expression);
      if (title !== 'GatewayDown') expect(names, title).not.to.be.empty;
      for (const name of names) {
        const own = samples.filter((sample) => sample.name === name);
        expect(own, `${title}: ${name}`).not.to.be.empty;
        if (title === 'GatewayDown') continue;
        for (const label of labelsIn(expression))
          expect(
            own.some(({ labels }) => labels.has(label)),
            `${title}: ${label} of ${name}`,
          ).to.equal(true);
      }
    }
    expect(EXPRESSIONS.length).to.be.above(25);
  });

  it('have an explanation for every alert, and a place of its own for every panel', () => {
    for (const { alert, annotations, labels } of rules.groups[0].rules) {
      expect(annotations.summary, alert).to.match(/\.$/);
      expect(labels.severity, alert).to.be.oneOf(['critical', 'warning']);
    }
    const places = dashboard.panels.map(({ gridPos }: Json) => `${gridPos.x} ${gridPos.y}`);
    expect(new Set(places).size).to.equal(places.length);
    expect(new Set(dashboard.panels.map(({ id }: Json) => id)).size).to.equal(places.length);
  });
});
