// The `test-compose` verb: tries docker-compose.yml with a real engine: three gateways against the simulator, equal
// statistics, a rollout under load, and a colleague's first minute by clicks. It uses a project, an image name and a port of its own.
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { runAtEnd } from './cleanup.mjs';
import { freePort } from './cluster.mjs';
import { clickThrough } from './invite-flow.mjs';
import { run } from './run-command.mjs';

const REPLICAS = 3;
const REQUESTS = 60;
const STREAMS = 30;
const WORKERS = 4;
/** Limit for each command and each wait. A rollout takes about a minute. */
const PATIENCE_MS = 300_000;
const ANSWER_WITHIN_MS = 60_000;
const ARGUMENTS = ['--profile', 'demo'];

/** Prints what it sees, line by line. @param {string} root @returns {Promise<number>} the exit code */
export async function testCompose(root) {
  const compose = await findCompose();
  if (compose === undefined) return 1;
  const interrupt = new AbortController();
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP']) process.once(signal, () => interrupt.abort());
  const project = new Project(root, compose, await freePort(), interrupt.signal);
  try {
    await tryOut(project);
    say('passed');
    return 0;
  } catch (error) {
    say(`FAILED: ${interrupt.signal.aborted ? 'interrupted' : error.message}`);
    return 1;
  } finally {
    await project.remove();
  }
}

async function findCompose() {
  const answers = (command, ...args) =>
    runProgram(command, args).then(
      (stdout) => stdout.trim(),
      () => undefined,
    );
  const engine = await answers('docker', 'version', '--format', '{{.Server.Version}}');
  const plugin = await answers('docker', 'compose', 'version', '--short');
  const version = plugin ?? (await answers('docker-compose', 'version', '--short'));
  if (engine && version) {
    say(`engine ${engine}, compose ${version}`);
    return plugin ? ['docker', 'compose'] : ['docker-compose'];
  }
  console.error('npm run test:compose needs a running Docker engine and docker compose; none answers here.');
  return undefined;
}

async function tryOut(project) {
  await project.up();
  const before = await project.gateways();
  check(before.length === REPLICAS, `${before.length} gateways healthy: ${before.map(short).join(', ')}`);

  const outcomes = await Promise.all(Array.from({ length: REQUESTS }, () => project.ask(1, false)));
  const problems = outcomes.filter((problem) => problem !== undefined);
  check(problems.length === 0, `${REQUESTS} requests through the balancer, failed: ${list(problems)}`);
  await project.figures(before, REQUESTS);
  await project.insideStaysInside(before[0]);

  const load = startLoad(project);
  let seconds;
  try {
    await sleep(2000);
    seconds = await project.rollout();
  } finally {
    await load.stop(); // else it would go on for ever, asking what has been removed
  }
  const { answered, streams, failures } = load.seen;
  const after = await project.gateways();
  check(
    after.length === REPLICAS && after.every((id) => !before.includes(id)),
    `rollout in ${seconds} s: now ${after.map(short).join(', ')}`,
  );
  check(
    failures.length === 0,
    `meanwhile ${answered} requests and ${streams} streams, failed or cut: ${list(failures)}`,
  );
  await project.figures(after, REQUESTS + answered + streams);
  // Last: the first invite ends the well-known key.
  await project.firstMinute();
}

/** Sends new requests and keeps streams open all the time. */
function startLoad(project) {
  const seen = { answered: 0, streams: 0, failures: [] };
  let going = true;
  const repeat = async (events, stream, field) => {
    while (going) {
      const problem = await project.ask(events, stream);
      if (problem === undefined) seen[field]++;
      else seen.failures.push(problem);
    }
  };
  const workers = [
    ...Array.from({ length: WORKERS }, () => repeat(2, false, 'answered')),
    ...Array.from({ length: STREAMS }, () => repeat(150, true, 'streams')),
  ];
  return {
    seen,
    async stop() {
      going = false;
      await Promise.all(workers);
    },
  };
}

class Project {
  #root;
  #compose;
  #env;
  #signal;
  #url;
  #password;
  #teamPage;
  #callOff = [];

  constructor(root, compose, port, signal) {
    this.#root = root;
    this.#compose = compose;
    this.#signal = signal;
    this.#url = `http://127.0.0.1:${port}`;
    this.#env = {
      ...process.env,
      COMPOSE_PROJECT_NAME: `ztoapi-test-${process.pid}`,
      PORT: `127.0.0.1:${port}`,
      IMAGE: `zto-api-test:${process.pid}`,
      // Without the user's settings.
      ENV_FILE: 'config.env',
      COMPOSE_FILE: 'docker-compose.yml',
    };
  }

  async up() {
    const started = Date.now();
    this.#removeAtEnd();
    await this.#run('up', '-d', '--build', '--scale', 'gateway=0', '--scale', `gateway-demo=${REPLICAS}`);
    await this.#until('the balancer', async () => (await fetch(`${this.#url}/readyz`)).ok);
    say(`up, and ready at ${this.#url} after ${Math.round((Date.now() - started) / 1000)} s`);
    const log = await this.#run('logs', 'gateway-demo');
    const [, teamPage = '', password] = /admin password for (\S+).*: (\S+)/.exec(log) ?? [];
    this.#password = password;
    // Each gateway tells its own port, behind the balancer's.
    this.#teamPage = this.#url + new URL(teamPage).pathname;
  }

  /** Resolves to the containers when all of them are healthy. */
  async gateways() {
    const ids = (await this.#run('ps', '-q', 'gateway-demo')).trim().split('\n');
    const health = ['inspect', '--format', '{{.State.Health.Status}}', ...ids];
    await this.#until('every gateway', async () => {
      return (await this.#docker(...health))
        .trim()
        .split('\n')
        .every((status) => status === 'healthy');
    });
    return ids;
  }

  /** @returns the problem, `undefined` if there is none */
  async ask(events, stream) {
    const messages = [{ role: 'user', content: `sim:events=${events} sim:pace=100` }];
    // A timer keeps the process alive, which AbortSignal.timeout does not: a connection that is lost silently must count
    // as a failure.
    const late = new AbortController();
    const timer = setTimeout(() => late.abort(), ANSWER_WITHIN_MS);
    try {
      const response = await fetch(`${this.#url}/v1/chat/completions`, {
        method: 'POST',
        signal: late.signal,
        headers: { authorization: 'Bearer sk-your-key', 'content-type': 'application/json' },
        body: JSON.stringify({ model: 'GLM-4.5', stream, messages }),
      });
      const text = await response.text();
      if (response.status !== 200) return `${response.status} ${text.slice(0, 100)}`;
      const whole = text.includes('"finish_reason":"stop"') && (!stream || text.endsWith('data: [DONE]\n\n'));
      return whole ? undefined : `cut after ${text.length} characters`;
    } catch (error) {
      return String(error.cause?.code ?? error);
    } finally {
      clearTimeout(timer);
    }
  }

  /** Checks that every replica and the balancer report the same number. */
  async figures(ids, expected) {
    await sleep(1000); // replicas write every 250 ms
    const { status } = await fetch(`${this.#url}/dashboard/stats`);
    check(status === 401, `figures through the balancer without the password: ${status}`);
    const authorization = `Basic ${Buffer.from(`any:${this.#password}`).toString('base64')}`;
    const through = await (
      await fetch(`${this.#url}/dashboard/stats`, { headers: { authorization } })
    ).json();
    const own = await Promise.all(ids.map((id) => this.#inside(id, 'http://127.0.0.1:9090/dashboard/stats')));
    const totals = [through, ...own.map(({ text }) => JSON.parse(text))].map((stats) => stats.TotalRequests);
    check(
      totals.every((total) => total === expected),
      `${expected} sent; counted by the balancer's choice and each replica: ${totals.join(', ')}`,
    );
  }

  /** A lead invites a colleague, who asks a model: by clicks, with the address and the password that the start printed. */
  async firstMinute() {
    for (const { locale, seconds, text } of await clickThrough(this.#teamPage, this.#password)) {
      const took = `${seconds.toFixed(1)} s from the printed address to a colleague's answer`;
      check(seconds < 60, `${took}, in Chromium, ${locale}: ${JSON.stringify(text.trim())}`);
    }
  }

  async insideStaysInside(id) {
    const { status } = await fetch(`${this.#url}/metrics`);
    const inside = await this.#inside(id, 'http://127.0.0.1:9464/metrics');
    check(status === 404 && inside.status === 200, `/metrics: ${status} outside, ${inside.status} inside`);
    const format = '{{.Config.User}} {{.HostConfig.ReadonlyRootfs}} {{.HostConfig.CapDrop}}';
    const limits = (await this.#docker('inspect', '--format', format, id)).trim();
    check(limits === 'node true [ALL]', `a gateway's user, read-only root, dropped capabilities: ${limits}`);
    const all = (await this.#run('ps', '-q')).trim().split('\n');
    const bound = '{{range $port, $to := .HostConfig.PortBindings}}{{$port}} {{end}}';
    const ports = (await this.#docker('inspect', '--format', bound, ...all)).split(/\s+/).filter(Boolean);
    check(ports.join() === '9090/tcp', `published ports of ${all.length} containers: ${ports.join(', ')}`);
  }

  /** Resolves to its duration in seconds. */
  async rollout() {
    const started = Date.now();
    await this.#exec('sh', [path.join('scripts', 'rollout'), 'gateway-demo']);
    return Math.round((Date.now() - started) / 1000);
  }

  /** For ends that leave no time for `remove`. */
  #removeAtEnd() {
    this.#callOff = this.#removals().map(([command, ...args]) =>
      runAtEnd({ command, args, cwd: this.#root, env: this.#env }),
    );
  }

  #removals() {
    return [
      [...this.#compose, ...ARGUMENTS, 'down', '-v', '--timeout', '10'],
      ['docker', 'image', 'rm', this.#env.IMAGE],
    ];
  }

  async remove() {
    // Also done after an interruption.
    this.#signal = undefined;
    for (const [command, ...args] of this.#removals()) {
      await this.#exec(command, args).catch((error) => say(`not removed: ${error.message}`));
    }
    for (const callOff of this.#callOff) callOff();
    const label = `label=com.docker.compose.project=${this.#env.COMPOSE_PROJECT_NAME}`;
    const left = await this.#docker('ps', '-aq', '--filter', label);
    say(`down; containers left: ${left.trim().split('\n').filter(Boolean).length}`);
  }

  async #inside(id, url) {
    const code = `fetch('${url}').then(async (r) => console.log(JSON.stringify({status: r.status, text: await r.text()})))`;
    return JSON.parse(await this.#docker('exec', id, 'node', '-e', code));
  }

  #run(...args) {
    const [file, ...first] = this.#compose;
    return this.#exec(file, [...first, ...ARGUMENTS, ...args]);
  }

  #docker(...args) {
    return this.#exec('docker', args);
  }

  #exec(command, args) {
    const limits = { timeout: PATIENCE_MS, signal: this.#signal };
    return runProgram(command, args, { cwd: this.#root, env: this.#env, ...limits });
  }

  async #until(what, reached) {
    const end = Date.now() + 60_000;
    while (!(await reached().catch(() => false))) {
      this.#signal?.throwIfAborted();
      if (Date.now() > end) throw new Error(`${what} did not become ready within 60 s`);
      await sleep(250);
    }
  }
}

/** Resolves to its output. Rejects with its errors. */
async function runProgram(command, args, options = {}) {
  const name = [command, ...args].join(' ');
  const { code, output, stdout } = await run({ command, args, name }, { capture: true, ...options });
  if (code !== 0) throw new Error(`${name} ended with ${code}: ${output.trim()}`);
  return stdout;
}

function check(holds, line) {
  if (!holds) throw new Error(line);
  say(`ok: ${line}`);
}

function list(problems) {
  return problems.length === 0 ? 'none' : `${problems.length} (${problems.slice(0, 3).join('; ')})`;
}

function short(id) {
  return id.slice(0, 12);
}

function say(line) {
  console.log(`test-compose: ${line}`);
}
