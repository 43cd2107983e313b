/** What stands between: pass-through proxies to compare with, and the balancer of the repository. */
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { CORES, type Part, start } from './processes.js';
import {
  freePort,
  isInstalled,
  ROOT,
  scratch,
  type Target,
  type Upstream,
  untilOpen,
  WEB_PATH,
} from './targets.js';

/** Undefined where nginx is not installed. */
export async function nginx(upstream: Upstream): Promise<Target | undefined> {
  if (!isInstalled('nginx')) return undefined;
  const port = await freePort();
  const folder = scratch();
  const file = join(folder, 'nginx.conf');
  writeFileSync(
    file,
    `daemon off; master_process off; worker_processes 1; pid ${folder}/pid; error_log stderr crit;
     worker_rlimit_nofile 65536;
     events { worker_connections 20000; }
     http {
       access_log off; client_body_temp_path ${folder}; proxy_temp_path ${folder}; fastcgi_temp_path ${folder};
       uwsgi_temp_path ${folder}; scgi_temp_path ${folder}; keepalive_requests 1000000;
       upstream glm { server ${new URL(upstream.url).host}; keepalive 1000; keepalive_requests 1000000; }
       server { listen 127.0.0.1:${port} backlog=4096;
         location / { proxy_pass http://glm; proxy_buffering off; proxy_http_version 1.1; proxy_set_header Connection ""; }
       }
     }`,
  );
  const part = start({ file: 'nginx', args: ['-c', file, '-e', 'stderr'], core: CORES?.measured });
  await untilOpen(port);
  return passThrough('nginx', port, part);
}

/** Undefined where HAProxy is not installed. */
export async function haproxy(upstream: Upstream): Promise<Target | undefined> {
  if (!isInstalled('haproxy')) return undefined;
  const port = await freePort();
  const file = join(scratch(), 'haproxy.cfg');
  writeFileSync(
    file,
    `global
      maxconn 2000
      nbthread 1
    defaults
      mode http
      option http-no-delay
      timeout connect 5s
      timeout client 60s
      timeout server 60s
    frontend in
      bind 127.0.0.1:${port}
      default_backend glm
    backend glm
      http-reuse always
      server simulator ${new URL(upstream.url).host}
`,
  );
  const part = start({ file: 'haproxy', args: ['-f', file, '-db'], core: CORES?.measured });
  await untilOpen(port);
  return passThrough('HAProxy', port, part);
}

function passThrough(name: string, port: number, part: Part): Target {
  const url = `http://127.0.0.1:${port}${WEB_PATH}`;
  return { name, url, speech: 'upstream', pid: part.pid, stop: part.stop };
}

/** From scripts/haproxy.cfg, as `npm run cluster` makes its own. */
export async function balancer(gateways: readonly Target[], core: number | undefined): Promise<Target> {
  const port = await freePort();
  const servers = gateways.map(({ url }, at) => `    server gateway-${at} ${new URL(url).host} check`);
  const config = readFileSync(join(ROOT, 'scripts/haproxy.cfg'), 'utf8')
    .replace(/# begin listen[\s\S]*?# end listen/, `    bind 127.0.0.1:${port}`)
    .replace(/# begin servers[\s\S]*?# end servers/, servers.join('\n'));
  const file = join(scratch(), 'haproxy.cfg');
  writeFileSync(file, config);
  const part = start({ file: 'haproxy', args: ['-db', '-f', file], core });
  await untilOpen(port);
  const url = `http://127.0.0.1:${port}`;
  await untilReady(`${url}/readyz`);
  const name = `${gateways.length} behind HAProxy`;
  return { name, url: `${url}/v1/chat/completions`, speech: 'openai', pid: part.pid, stop: part.stop };
}

/** Newer versions believe in a gateway only after the first check. */
async function untilReady(url: string): Promise<void> {
  for (let attempt = 0; attempt < 100; attempt += 1) {
    if ((await fetch(url)).ok) return;
    await sleep(50);
  }
  throw new Error(`${url} did not become ready`);
}
