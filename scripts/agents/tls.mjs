// HAProxy with the project's configuration and a certificate of a self-made CA, as an operator without a public name has it.
import { readFileSync, writeFileSync } from 'node:fs';
import { get } from 'node:https';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { startProcess } from '../cleanup.mjs';
import { freePort } from '../cluster.mjs';
import { run, TaskError } from '../run-command.mjs';

const TEMPLATE = fileURLToPath(new URL('../haproxy.cfg', import.meta.url));
const NAMES = 'subjectAltName=DNS:localhost,IP:127.0.0.1';
const READY_WITHIN_MS = 60_000;

/**
 * Resolves when the gateway answers behind it. `ca` is the file that clients have to trust.
 * @param {string} folder for the files @param {string} target origin of the gateway
 */
export async function startTls(folder, target) {
  const ca = await makeCertificates(folder);
  const port = await freePort();
  const config = [
    ['listen', `    bind 127.0.0.1:${port} ssl crt ${path.join(folder, 'site.pem')} alpn h2,http/1.1`],
    ['servers', `    server gateway ${new URL(target).host} check`],
  ].reduce(
    (text, [what, lines]) => text.replace(new RegExp(`# begin ${what}[^]*?# end ${what}`), () => lines),
    readFileSync(TEMPLATE, 'utf8'),
  );
  const file = path.join(folder, 'haproxy.cfg');
  writeFileSync(file, config);
  const child = startProcess('haproxy', ['-db', '-f', file], { stdio: 'ignore' });
  const ended = new Promise((resolve) => {
    child.once('error', resolve);
    child.once('exit', resolve);
  });
  const url = `https://localhost:${port}`;
  await untilReady(`${url}/readyz`, readFileSync(ca));
  return {
    url,
    ca,
    async stop() {
      child.kill('SIGKILL');
      await ended;
    },
  };
}

/** @returns the CA's file */
async function makeCertificates(folder) {
  const file = (name) => path.join(folder, name);
  const newKey = (name) => [
    '-newkey',
    'ec',
    '-pkeyopt',
    'ec_paramgen_curve:P-256',
    '-nodes',
    '-keyout',
    file(name),
  ];
  const ca = ['-CA', file('ca.pem'), '-CAkey', file('ca.key')];
  const about = (name) => ['-days', '2', '-subj', `/CN=${name}`];
  await openssl('req', '-x509', ...newKey('ca.key'), '-out', file('ca.pem'), ...about('ZtoApi test CA'));
  const extensions = ['-addext', NAMES, '-addext', 'basicConstraints=critical,CA:FALSE'];
  const site = ['-out', file('site.crt'), ...about('localhost'), ...extensions];
  await openssl('req', '-x509', ...newKey('site.key'), ...ca, ...site);
  const pem = ['site.crt', 'site.key'].map((name) => readFileSync(file(name), 'utf8')).join('');
  writeFileSync(file('site.pem'), pem);
  return file('ca.pem');
}

async function openssl(...args) {
  const { code, output } = await run({ command: 'openssl', args, name: 'openssl' }, { capture: true });
  if (code !== 0) throw new TaskError(`openssl ${args[0]} failed:\n${output}`);
}

async function untilReady(url, ca) {
  const end = Date.now() + READY_WITHIN_MS;
  for (;;) {
    const status = await new Promise((resolve) => {
      get(url, { ca }, (response) => resolve(response.resume().statusCode)).on('error', () => resolve(0));
    });
    if (status === 200) return;
    if (Date.now() > end) throw new Error(`${url} did not become ready`);
    await sleep(100);
  }
}
