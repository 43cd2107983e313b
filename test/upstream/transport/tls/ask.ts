/**
 * A process of its own, since Node reads further authorities at its start only: asks the URL twice, through a proxy if one is
 * given, and prints what came.
 */
import { Connection } from '../../../../src/upstream/transport/connection.js';

const [, , url = '', proxy] = process.argv;
const connection = new Connection({
  connectTimeoutMs: 5_000,
  firstByteTimeoutMs: 5_000,
  idleTimeoutMs: 5_000,
  upstreamUrl: url,
  proxies: { http: undefined, https: proxy, exceptions: [] },
});
for (let times = 0; times < 2; times += 1) {
  const answer = await connection
    .open({ method: 'POST', url, headers: {}, body: '{}' })
    .then((response) => response.text())
    .catch((error: Error) => error.message);
  process.stdout.write(`${answer}\n`);
}
process.exit(0);
