// The verbs of `npm start`, `npm test` and the others: looks one up, prepares what it needs, runs it.
'use strict';
const { existsSync } = require('node:fs');
const path = require('node:path');
const { pathToFileURL } = require('node:url');

const root = path.dirname(__dirname);
/** Node's exit code for a module with a promise that never settles. */
const UNFINISHED = 13;

const verbs = {
  demo: {
    help: 'try the gateway against a simulator of Z.ai, without a token: --team --slots N --web --help',
    run: runBuilt('cli/demo.js'),
  },
  start: { help: 'run the gateway', run: runBuilt('main.js') },
  doctor: {
    help: 'check the configuration and the connection to the upstream',
    run: runBuilt('cli/doctor.js'),
  },
  keys: {
    help: 'members and keys of a running gateway: --help',
    run: runBuilt('cli/keys.js'),
  },
  simulator: { help: 'run the simulator of Z.ai', run: runBuilt('simulator/main.js') },
  build: { help: 'compile src/ to dist/ when it has changed', run: prepare },
  test: {
    help: 'lint, check the types, run the tests; with files or mocha options: only those tests',
    run: runTests,
  },
  'test-deep': {
    help: 'run the tests that tune V8’s heap or take minutes: test/**/*.deep.ts',
    run: runDeepTests,
  },
  cluster: {
    help: 'run several gateways behind a balancer: --replicas 3 --port 9090 --demo',
    run: runCluster,
  },
  'test-agents': {
    help: 'let real coding agents work through the gateway: [qwen] [codex] …',
    run: testAgents,
  },
  bench: {
    help: 'measure what the gateway costs: --quick, --hand-over, --node PATH, --rounds N, --json FILE',
    run: runBench,
  },
  'test-compose': { help: 'try docker-compose.yml with a real Docker engine', run: testCompose },
};

main(process.argv.slice(2)).catch((error) => {
  if (error.name !== 'TaskError') throw error;
  console.error(error.message);
  process.exitCode = error.exitCode;
});

async function main([name, ...args]) {
  if (name === undefined || !Object.hasOwn(verbs, name)) return explainVerbs(name);
  process.chdir(root); // as npm does, so that start.sh and a call from elsewhere see the same folder
  await failIfUnfinished(name, verbs[name].run(args));
}

/**
 * Node exits with 0 when nothing is left to do, even if a promise is still pending: the verb would seem to have succeeded.
 */
async function failIfUnfinished(name, work) {
  const fail = () => {
    console.error(
      `${name} stopped before it was done: something that it waited for did not happen. This is a bug in ZtoApi.`,
    );
    process.exit(UNFINISHED);
  };
  process.once('beforeExit', fail);
  try {
    await work;
  } finally {
    process.off('beforeExit', fail);
  }
}

function explainVerbs(name) {
  const lines = Object.entries(verbs).map(([verb, { help }]) => `  ${verb.padEnd(13)} ${help}`);
  const problem = name === undefined ? 'No verb given.' : `Unknown verb "${name}".`;
  console.error([`${problem} Use: node scripts/run.cjs VERB [ARGUMENTS]`, ...lines].join('\n'));
  process.exitCode = 1;
}

/** Runs a built file in this process, so that signals and the terminal reach it directly. */
function runBuilt(name) {
  return async (args) => {
    await prepare();
    const file = path.join(root, 'dist', name);
    if (!existsSync(file)) {
      const { TaskError } = await import('./run-command.mjs');
      throw new TaskError(`dist/${name} is missing: is this folder complete?`);
    }
    process.argv = [process.argv[0], file, ...args]; // as if `node dist/NAME ARGUMENTS` had been typed
    await import(pathToFileURL(file).href);
  };
}

async function prepare() {
  const { setUp } = await import('./setup.mjs');
  await setUp(root);
}

async function runTests(args) {
  const { testProject } = await import('./run-tests.mjs');
  process.exitCode = await testProject(root, args);
}

async function runDeepTests(args) {
  const { testDeep } = await import('./run-tests.mjs');
  process.exitCode = await testDeep(root, args);
}

/** Parses the arguments before the build, so that typos are reported at once. */
async function runCluster(args) {
  const { parseClusterArguments, runCluster: run } = await import('./cluster-command.mjs');
  const parsed = parseClusterArguments(args);
  await prepare();
  await run(root, parsed);
}

async function testCompose() {
  const { testCompose: run } = await import('./test-compose.mjs');
  process.exitCode = await run(root);
}

async function testAgents(args) {
  const { chooseAgents, testAgents: run } = await import('./test-agents.mjs');
  const agents = chooseAgents(args);
  await prepare();
  process.exitCode = await run(root, agents);
}

/** In a process of its own: the benchmark is TypeScript and pins itself to a core. */
async function runBench(args) {
  await prepare();
  const { run } = await import('./run-command.mjs');
  const bench = path.join(root, 'scripts', 'bench', 'main.ts');
  const command = { command: process.execPath, args: ['--import=tsx', bench, ...args], name: 'bench' };
  process.exitCode = (await run(command, { cwd: root })).code;
}
