import { expect } from 'chai';
import {
  describeReply,
  isRedirect,
  isRefusal,
  isRightMissing,
  isWrongServer,
} from '../../../src/store/redis/reply-errors.js';

const DIGEST = '2fd4e1c67a2d28fced849ee1bb76e7391b93eb12';
const IN_SCRIPT = ` script: ${DIGEST}, on @user_script:5.`;

interface Case {
  reply: string;
  told?: string;
  is?: readonly ('refusal' | 'right' | 'redirect' | 'wrong server')[];
}

/** Replies of Redis 6, 7 and 8, KeyDB, Dragonfly and ElastiCache. */
const CASES: readonly Case[] = [
  { reply: 'WRONGTYPE Operation against a key holding the wrong kind of value', is: [] },
  { reply: 'NOSCRIPT No matching script. Please use EVAL.', is: [] },
  { reply: 'ERR value is not an integer or out of range', is: [] },
  { reply: 'ERR increment or decrement would overflow', is: [] },
  {
    reply: `ERR user_script:5: Expected value but found invalid token at character 1${IN_SCRIPT}`,
    told: 'ERR user_script:5: Expected value but found invalid token at character 1',
    is: [],
  },
  {
    reply: `ERR Error running script (call to f_${DIGEST}): @user_script:5: user_script:5: bad argument`,
    told: 'user_script:5: bad argument',
    is: [],
  },
  {
    reply: "NOPERM this user has no permissions to run the 'evalsha' command or its subcommand",
    is: ['refusal', 'right'],
  },
  {
    reply: "NOPERM User ztoapi-production has no permissions to run the 'subscribe' command",
    told: "NOPERM no permissions to run the 'subscribe' command",
    is: ['refusal', 'right'],
  },
  {
    reply: 'NOPERM this user has no permissions to access one of the keys used as arguments',
    is: ['refusal', 'right'],
  },
  {
    reply: `ERR The user executing the script can't publish to the channel mentioned in the command${IN_SCRIPT}`,
    told: "ERR The user executing the script can't publish to the channel mentioned in the command",
    is: ['refusal', 'right'],
  },
  {
    reply: `ERR The user executing the script can't run this command or subcommand${IN_SCRIPT}`,
    told: "ERR The user executing the script can't run this command or subcommand",
    is: ['refusal', 'right'],
  },
  {
    reply: `ERR Error running script (call to f_${DIGEST}): @user_script:3: @user_script: 3: The user executing the script can't run this command or subcommand`,
    told: "The user executing the script can't run this command or subcommand",
    is: ['refusal', 'right'],
  },
  {
    reply: `ERR unknown command 'EVALSHA', with args beginning with: '${DIGEST}' '1' 'ztoapi:v1:{spares}' 'guest-token' `,
    told: "ERR unknown command 'EVALSHA'",
    is: ['refusal', 'right'],
  },
  {
    reply: 'ERR unknown command `zmscore`, with args beginning with: `key`, `203.0.113.7`, ',
    told: 'ERR unknown command `zmscore`',
    is: ['refusal', 'right'],
  },
  {
    reply: `ERR Unknown Redis command called from script${IN_SCRIPT}`,
    told: 'ERR Unknown Redis command called from script',
    is: ['refusal', 'right'],
  },
  { reply: "OOM command not allowed when used memory > 'maxmemory'.", is: ['refusal'] },
  { reply: 'MISCONF Redis is configured to save RDB snapshots, but it is …', is: ['refusal'] },
  { reply: 'NOAUTH Authentication required.', is: ['refusal'] },
  { reply: 'WRONGPASS invalid username-password pair or user is disabled.', is: ['refusal'] },
  { reply: 'NOREPLICAS Not enough good replicas to write.', is: ['refusal'] },
  { reply: 'BUSY Redis is busy running a script.', is: ['refusal'] },
  { reply: 'CLUSTERDOWN Hash slot not served', is: ['refusal'] },
  { reply: 'TRYAGAIN Multiple keys request during rehashing of slot', is: ['refusal'] },
  { reply: "CROSSSLOT Keys in request don't hash to the same slot", is: ['refusal'] },
  { reply: 'ERR max number of clients reached', is: ['refusal'] },
  { reply: 'ERR max daily request limit exceeded. Limit: 10000, Usage: 10000.', is: ['refusal'] },
  { reply: 'ERR DB index is out of range', is: ['refusal'] },
  { reply: 'LOADING Redis is loading the dataset in memory', is: ['refusal', 'wrong server'] },
  {
    reply: "MASTERDOWN Link with MASTER is down and replica-serve-stale-data is set to 'no'.",
    is: ['refusal', 'wrong server'],
  },
  {
    reply: `READONLY You can't write against a read only replica.${IN_SCRIPT}`,
    told: "READONLY You can't write against a read only replica.",
    is: ['refusal', 'wrong server'],
  },
  {
    reply: `ERR Error running script (call to f_${DIGEST}): @user_script:9: @user_script: 9: -READONLY You can't write against a read only replica.`,
    told: "READONLY You can't write against a read only replica.",
    is: ['refusal', 'wrong server'],
  },
  {
    reply: 'MOVED 3999 10.0.0.7:6381',
    told: 'MOVED 3999',
    is: ['refusal', 'redirect', 'wrong server'],
  },
  {
    reply: 'ERR MOVED 7572 team-aud8py.serverless.euw1.cache.amazonaws.com:6379',
    told: 'ERR MOVED 7572',
    is: ['refusal', 'redirect', 'wrong server'],
  },
  {
    reply: 'ASK 3999 [2001:db8::7]:6381',
    told: 'ASK 3999',
    is: ['refusal', 'redirect', 'wrong server'],
  },
  { reply: 'ERR \u001b[2Jsomething\nnew', told: 'ERR [2Jsomethingnew', is: ['refusal'] },
];

describe('An error reply of Redis', () => {
  for (const { reply, told = reply, is = [] } of CASES) {
    it(`is ${is.join(', ') || 'about one key or argument'}: ${told.slice(0, 70)}`, () => {
      const error = Object.assign(new Error(reply), { name: 'ReplyError' });
      const found = [
        isRefusal(error) && 'refusal',
        isRightMissing(reply) && 'right',
        isRedirect(reply) && 'redirect',
        isWrongServer(reply) && 'wrong server',
      ].filter(Boolean);
      expect(found).to.deep.equal(is);
      expect(describeReply(reply)).to.equal(told);
    });
  }

  it('is not a refusal if it is an error of the connection', () => {
    expect(isRefusal(new Error('NOPERM'))).to.equal(false);
  });
});
