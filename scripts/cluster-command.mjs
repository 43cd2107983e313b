// The `cluster` verb: redis-server, some gateways and HAProxy on this machine, to see replicas without Docker.
import { createServer } from 'node:net';
import path from 'node:path';
import { pathToFileURL } from 'node:url';
import { parseArgs } from 'node:util';
import { startCluster } from './cluster.mjs';
import { claimClusterFolder } from './cluster-folder.mjs';
import { keepRunning } from './keep-running.mjs';
import { TaskError } from './run-command.mjs';
import { ensureSystemPackages, systemPackages } from './system-packages.mjs';

const USAGE = 'Use: npm run cluster -- [--replicas 3] [--port 9090] [--demo]';
const MAX_REPLICAS = 32;
const NEEDED = ['redis-server', 'haproxy'];
/** Log levels that write the line by which a start is recognized. */
const TALKATIVE = ['info', 'debug', 'trace'];

/** @param {string[]} args @returns {import('./cluster-command.d.mts').ClusterArguments} */
export function parseClusterArguments(args) {
  const options = { replicas: { type: 'string' }, port: { type: 'string' }, demo: { type: 'boolean' } };
  let values;
  try {
    ({ values } = parseArgs({ args, options }));
  } catch (error) {
    throw new TaskError(`${firstSentence(error.message)}. ${USAGE}`);
  }
  const { replicas = '3', port, demo = false } = values;
  return {
    replicas: wholeNumber('--replicas', replicas, 1, MAX_REPLICAS),
    port: port === undefined ? undefined : wholeNumber('--port', port, 1, 65_535),
    demo,
  };
}

/** Cuts off Node's advice about POSIX arguments. */
function firstSentence(text) {
  return text.split('\n')[0].replace(/\.( .*)?$/, '');
}

function wholeNumber(name, text, least, most) {
  const number = /^\d{1,6}$/.test(text) ? Number(text) : Number.NaN;
  if (number >= least && number <= most) return number;
  throw new TaskError(`${name} takes a number from ${least} to ${most}, not "${text}". ${USAGE}`);
}

/**
 * Starts everything and returns; signals end it later. The gateways read .env.local and the others themselves.
 * @param {string} root @param {import('./cluster-command.d.mts').ClusterArguments} args
 */
export async function runCluster(root, { replicas, port, demo }) {
  await needSystemPackages();
  const { readEnvironment } = await importBuilt(root, 'config/environment.js');
  const { values } = readEnvironment(root, process.env);
  const balancerPort = port ?? wholeNumber('PORT', values.PORT ?? '9090', 1, 65_535);
  await needPort(balancerPort);
  const dataDir = [undefined, '', 'none'].includes(values.DATA_DIR) ? 'data' : values.DATA_DIR;
  const kept = claimClusterFolder(root, dataDir, demo);
  const simulator = demo ? await startSimulator(root, values) : undefined;
  const env = {
    DEBUG_MODE: values.DEBUG_MODE ?? 'true',
    LOG_LEVEL: TALKATIVE.includes(values.LOG_LEVEL) ? values.LOG_LEVEL : 'info',
    ...simulator?.env,
  };
  const onLine = (part, line) => {
    console.log(`${part.padEnd(10)} ${line}`);
  };
  const running = keepRunning((line) => onLine('cluster', line));
  const { onEnd } = running;
  const options = { replicas, port: balancerPort, env, folder: kept.folder, onLine, onEnd };
  const cluster = await startCluster(options).catch((error) => {
    running.stop();
    kept.release();
    simulator?.close();
    throw new TaskError(`The cluster cannot start: ${error.message}. See the lines above.`);
  });
  const { stopOnSignals } = await importBuilt(root, 'cli/run.js');
  const drain = async () => {
    running.stop();
    await Promise.all(cluster.gateways.map((gateway) => gateway.stop('SIGTERM')));
  };
  stopOnSignals({ drain }, console.log, async () => {
    await cluster.stop();
    kept.release();
    console.log(`Statistics are kept in ${kept.name}. Remove that folder to start from zero.`);
    await simulator?.close();
  });
  console.log(invitation(cluster, values, { demo, folder: kept.name }));
}

async function needSystemPackages() {
  const table = systemPackages.filter(({ command }) => NEEDED.includes(command));
  const missing = await ensureSystemPackages(table.map((each) => ({ ...each, purpose: 'npm run cluster' })));
  if (missing.length > 0) throw new TaskError(`npm run cluster needs ${missing.join(' and ')}.`);
}

/** Checked first: HAProxy would report it after everything else has started. */
async function needPort(port) {
  const server = createServer();
  const free = await new Promise((resolve) => {
    server.once('error', () => resolve(false)).listen(port, '127.0.0.1', () => resolve(true));
  });
  if (!free)
    throw new TaskError(`Port ${port} is in use already, or may not be used: choose another one. ${USAGE}`);
  await new Promise((resolve) => server.close(resolve));
}

/** A demo ignores the user's upstream, token and limits. Empty variables would not override them. */
async function startSimulator(root, values) {
  const { startSimulator: start } = await importBuilt(root, 'simulator/server.js');
  const token = values.ZAI_TOKEN === undefined ? undefined : 'simulated.account.token';
  const { url, close } = await start({ accountToken: token });
  const env = {
    UPSTREAM_URL: `${url}/api/chat/completions`,
    UPSTREAM_PROTOCOL: 'zai-web',
    MODEL_NAME: 'GLM-4.5',
    UPSTREAM_MODEL: 'GLM-4.5',
    PUBLIC_RATE_LIMIT: '0',
    PUBLIC_RATE_LIMIT_TOTAL: '0',
    RATE_LIMIT: '0',
    ...(token ? { ZAI_TOKEN: token } : {}),
  };
  return { env, close };
}

function invitation({ url, redis, gateways }, values, { demo, folder }) {
  const publicKey = values.DEFAULT_KEY ?? (values.API_KEYS ? 'YOUR_KEY' : 'sk-your-key');
  // A key that the user chose is not printed.
  const key = publicKey === 'sk-your-key' ? publicKey : 'YOUR_KEY';
  // A gateway's own address needs no password on this machine unless one is set; the balancer's address does.
  const dashboard = values.DASHBOARD_PASSWORD
    ? `${url}/dashboard   any user name, password: DASHBOARD_PASSWORD`
    : `${gateways[0].url}/dashboard   of all gateways, without a password from this machine`;
  const parts = gateways.map(
    ({ name, url: address, pid }) => `  ${name.padEnd(10)} ${address}  (pid ${pid})`,
  );
  return `
  ZtoApi cluster: ${gateways.length} gateways behind one balancer, with one Redis.${demo ? ' Answers are SIMULATED, no model is asked.' : ''}

  Open       ${url}
  Base URL   ${url}/v1   key  ${key}
  Dashboard  ${dashboard}
${parts.join('\n')}
  redis      ${redis.url}   keeps figures in ${folder}; remove that folder to begin anew

  See what happens when one dies, and is started again: kill -9 ${gateways[0].pid}
  Ctrl+C stops everything.
`;
}

function importBuilt(root, name) {
  return import(pathToFileURL(path.join(root, 'dist', name)).href);
}
