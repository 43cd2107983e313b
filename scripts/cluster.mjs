// One redis-server, N gateways and HAProxy on this machine's loopback: what compose runs, without Docker.
// For people (`npm run cluster -- --replicas 3`) and for the tests, which stop and start its parts.
import { randomInt } from 'node:crypto';
import { once } from 'node:events';
import { readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { makeTemporaryFolder, startProcess } from './cleanup.mjs';

const root = fileURLToPath(new URL('..', import.meta.url));
const MAIN = join(root, 'dist', 'main.js');
const READY_WITHIN_MS = 60_000;

/**
 * Starts everything and resolves when the balancer answers. Needs redis-server and haproxy on the PATH and a built gateway.
 * @param {import('./cluster.d.mts').ClusterOptions} options
 * @returns {Promise<import('./cluster.d.mts').Cluster>}
 */
export async function startCluster({
  replicas,
  port,
  env = {},
  main = MAIN,
  folder: kept,
  onLine = () => {},
  onEnd = () => {},
}) {
  const folder = kept ?? makeTemporaryFolder('ztoapi-cluster-');
  const on = { line: onLine, end: onEnd };
  const parts = [];
  const stop = async () => {
    await Promise.all(parts.map((part) => part.stop('SIGKILL')));
    if (kept === undefined) rmSync(folder, { recursive: true, force: true });
  };
  try {
    const redis = redisServer(await freePort(), folder, on);
    parts.push(redis);
    await redis.start();
    const gateways = Array.from({ length: replicas }, (_, index) =>
      gatewayProcess(`gateway-${index + 1}`, main, { ...env, REDIS_URL: redis.url }, on),
    );
    parts.push(...gateways);
    await Promise.all(gateways.map((gateway) => gateway.start()));
    const balancer = await haproxy(port ?? (await freePort()), gateways, folder, on);
    parts.push(balancer);
    await balancer.start();
    return { url: balancer.url, redis, gateways, balancer, stop };
  } catch (error) {
    await stop();
    throw error;
  }
}

/** A child process that can be stopped and started again under the same address. */
function part({ name, url, command, ready, on }) {
  let child;
  /** Whether it is ready and not being stopped. */
  let isUp = false;
  const self = {
    name,
    url,
    get pid() {
      return child?.pid;
    },
    async start() {
      const [file, args, environment] = command();
      child = startProcess(file, args, {
        cwd: root,
        env: environment,
        stdio: ['ignore', 'pipe', 'pipe'],
        // A group of its own: Ctrl+C reaches the whole group, but the command that started it decides when it ends.
        detached: true,
      });
      const failed = new Promise((_, reject) => {
        child.once('error', (error) => reject(new Error(`${name} cannot be started: ${error.message}`)));
        child.once('exit', (code, signal) => {
          reject(new Error(`${name} ended with ${code ?? signal}`));
          if (isUp) on.end(self, code ?? signal);
          isUp = false;
        });
      });
      failed.catch(() => {});
      for (const stream of [child.stdout, child.stderr]) {
        createInterface({ input: stream }).on('line', (line) => on.line(name, line));
      }
      await Promise.race([ready(self, child), failed]);
      isUp = true;
    },
    /** Sends the signal and resolves when the process has ended. */
    async stop(signal = 'SIGTERM') {
      isUp = false;
      if (!child || child.exitCode !== null || child.signalCode !== null) return;
      const exited = once(child, 'exit');
      child.kill(signal);
      if (signal === 'SIGKILL') child.kill('SIGCONT');
      await exited;
    },
    signal(signal) {
      child?.kill(signal);
    },
  };
  return self;
}

function redisServer(port, folder, on) {
  return part({
    name: 'redis',
    url: `redis://127.0.0.1:${port}`,
    on,
    command: () => [
      'redis-server',
      [
        '--port',
        String(port),
        '--bind',
        '127.0.0.1',
        '--dir',
        folder,
        '--save',
        '',
        '--appendonly',
        'yes',
        '--appendfsync',
        'always',
      ],
      process.env,
    ],
    ready: (_self, child) => lineWith(child, /Ready to accept connections/),
  });
}

/** The first start takes any free port. Later starts take the same port, which the balancer knows. */
function gatewayProcess(name, main, env, on) {
  return part({
    name,
    url: '',
    on,
    command() {
      return [
        process.execPath,
        [main],
        { ...process.env, HOST: '127.0.0.1', TRUST_PROXY: '1', DEBUG_MODE: 'false', PORT: '0', ...env },
      ];
    },
    async ready(self, child) {
      const line = await lineWith(child, /listens on (http:\/\/\S+?)[\s;,]/);
      self.url = line[1].replace('localhost', '127.0.0.1');
      env.PORT = new URL(self.url).port;
      await answers(`${self.url}/readyz`);
    },
  });
}

/** HAProxy with the project's configuration in front of servers at these addresses. The file is written into `folder`. */
export async function haproxy(port, gateways, folder, on = { line: () => {}, end: () => {} }) {
  const template = readFileSync(join(root, 'scripts', 'haproxy.cfg'), 'utf8');
  const servers = gateways.map(({ name, url }) => `    server ${name} ${new URL(url).host} check`);
  const config = [
    ['listen', `    bind 127.0.0.1:${port}`],
    // Names the gateway that answered, for people and for tests.
    ['servers', [...servers, '    http-after-response set-header X-Replica %s'].join('\n')],
  ].reduce(
    (text, [what, lines]) => text.replace(new RegExp(`# begin ${what}[^]*?# end ${what}`), () => lines),
    template,
  );
  const file = join(folder, 'haproxy.cfg');
  writeFileSync(file, config);
  return part({
    name: 'balancer',
    url: `http://127.0.0.1:${port}`,
    on,
    command: () => ['haproxy', ['-db', '-f', file], process.env],
    ready: (self) => answers(`${self.url}/readyz`),
  });
}

function lineWith(child, pattern) {
  return new Promise((resolve) => {
    const lines = createInterface({ input: child.stdout });
    lines.on('line', (line) => {
      const match = pattern.exec(line);
      if (match) resolve(match);
    });
  });
}

/** Resolves when the address answers 200. Rejects after a minute. */
async function answers(url) {
  const until = Date.now() + READY_WITHIN_MS;
  for (;;) {
    const status = await fetch(url).then(
      (response) => response.status,
      () => 0,
    );
    if (status === 200) return;
    if (Date.now() > until) throw new Error(`${url} did not become ready`);
    await sleep(50);
  }
}

/**
 * A port for a program that cannot take 0. Between this look and the program's use the system may give ports of its own
 * range (from 32,768 on Linux) to any connection, so this one is below it. Another process that looks for ports begins
 * elsewhere.
 */
export async function freePort() {
  for (;;) {
    nextPort = nextPort < LAST_PORT ? nextPort + 1 : FIRST_PORT;
    const port = nextPort; // others that look for one move nextPort on meanwhile
    if (await canListen(port)) return port;
  }
}

const FIRST_PORT = 20_000;
const LAST_PORT = 32_000;
let nextPort = randomInt(FIRST_PORT, LAST_PORT);

async function canListen(port) {
  const server = createServer().listen(port, '127.0.0.1');
  try {
    await once(server, 'listening');
  } catch {
    return false;
  }
  server.close();
  await once(server, 'close');
  return true;
}
