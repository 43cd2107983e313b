import { mkdtempSync, readFileSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect } from 'chai';
import { copyBuild } from '../support/build.js';
import { Rig, UPSTREAM_PATHS } from '../support/gateway.js';
import { Program, startNode } from '../support/processes.js';
import { needs, type RedisServer, startRedis } from '../support/redis.js';
import { commandsOf, LANGUAGES, NOT_RUN, SERVERS } from './examples.js';
import { type CodeBlock, codeBlocks, documents, PROJECT, proseLines } from './markdown.js';

const ADMIN_PASSWORD = 'password-of-the-admin';

const blocks = documents().flatMap(codeBlocks);
const place = ({ file, line }: CodeBlock) => `${file}:${line}`;

/** Each text once: the Chinese documents have most commands of the English ones. */
const unique = (language: string, key = (text: string) => text) => [
  ...new Map(
    blocks
      .filter((block) => block.language === language)
      .reverse()
      .map((block) => [key(block.text), block]),
  ).values(),
];

describe('The examples in the documents', () => {
  it('are of languages that are tried here, or have a reason not to be', () => {
    const known = ['sh', 'js', ...Object.keys(LANGUAGES)];
    expect(blocks.filter(({ language }) => !known.includes(language)).map(place)).to.deep.equal([]);
    expect(known.filter((language) => blocks.every((block) => block.language !== language))).to.deep.equal(
      [],
    );
  });

  for (const [language, check] of Object.entries(LANGUAGES)) {
    if (typeof check === 'string') continue;
    for (const block of unique(language))
      it(`are valid ${language}: ${place(block)}`, () => check(block.text));
  }

  it('name npm scripts that exist, in the text as well', () => {
    const { scripts } = JSON.parse(readFileSync(join(PROJECT, 'package.json'), 'utf8'));
    const lines = documents().flatMap((file) => [
      ...proseLines(file).map(({ text }) => text),
      ...codeBlocks(file).map(({ text }) => text),
    ]);
    const named = lines.flatMap((line) =>
      [...line.matchAll(/\bnpm run ([\w:-]+)/g)].map(([, name = '']) => name),
    );
    expect(named).to.include('demo');
    expect(named.filter((name) => !(name in scripts))).to.deep.equal([]);
  });

  it('are run but for those that some document has', () => {
    const unused = NOT_RUN.filter(
      ({ pattern }) => !blocks.some(({ text }) => pattern.test(commandsOf(text))),
    );
    expect(unused).to.deep.equal([]);
  });

  describe('that are commands run', () => {
    const rig = new Rig();
    /** The first managed key ends `sk-your-key`, which most examples have. */
    const team = new Rig();
    let folder: string;
    let redis: RedisServer | undefined;

    before(async () => {
      await rig.start({ form: 'zai', env: { DEFAULT_KEY: 'sk-your-key' } });
      await team.start({ form: 'zai', env: { ADMIN_PASSWORD } });
      folder = mkdtempSync(join(tmpdir(), 'ztoapi-docs-'));
      copyBuild(folder, 'config.env', 'scripts');
    });
    after(async () => {
      await rig.stop();
      await team.stop();
      await redis?.stop('SIGTERM');
    });

    for (const block of unique('sh', commandsOf)) {
      const commands = commandsOf(block.text);
      if (NOT_RUN.some(({ pattern }) => pattern.test(commands))) continue;
      it(`${place(block)}: ${commands.split('\n')[0]?.slice(0, 60)}`, async function () {
        const isServer = commands in SERVERS;
        if (commands.includes('$REDIS_URL')) {
          needs(this, 'redis-server');
          redis = await startRedis();
        }
        const program = start(commands);
        if (isServer) {
          await program.until(SERVERS[commands] as RegExp);
          pressCtrlC(program);
          await program.ended;
          return;
        }
        const { code, stdout, stderr } = await program.ended;
        expect(code, stdout + stderr).to.equal(0);
        if (commands.startsWith('curl')) expect(stdout).to.match(/\S/).and.not.to.contain('"error":{');
      });
    }

    for (const block of unique('js')) {
      it(`${place(block)}: a program`, async () => {
        writeFileSync(join(folder, 'example.mjs'), here(block.text));
        const { code, stdout, stderr } = await startNode(['example.mjs'], { cwd: folder }).ended;
        expect(code, stderr).to.equal(0);
        expect(stdout).to.match(/\S/);
      });
    }

    /** With this gateway's address; curl fails on an HTTP status of 400 or more. */
    function here(text: string): string {
      const { url } = text.includes('ADMIN_PASSWORD') ? team : rig;
      return text.replaceAll('http://localhost:9090', url).replace(/^curl /gm, 'curl -fsS ');
    }

    function start(commands: string): Program {
      const env = {
        PATH: process.env.PATH,
        HOME: folder,
        PORT: '0',
        HOST: '127.0.0.1',
        ADMIN_PASSWORD: commands.includes('$ADMIN_PASSWORD') ? ADMIN_PASSWORD : undefined,
        UPSTREAM_URL: `${rig.simulator.url}${UPSTREAM_PATHS.zai}`,
        REDIS_URL: commands.includes('$REDIS_URL') ? redis?.url : undefined,
      };
      const args = ['--norc', '-ec', here(commands)];
      // A group of its own, for Ctrl+C.
      return new Program('bash', args, {
        cwd: folder,
        env,
        detached: true,
        stdio: ['ignore', 'pipe', 'pipe'],
      });
    }
  });
});

/** As a terminal does: npm, its shell and the program get the signal. */
function pressCtrlC({ child }: Program): void {
  process.kill(-(child.pid ?? 0), 'SIGINT');
}
