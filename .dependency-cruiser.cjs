// Which way imports point. scripts/check-imports.mjs runs it, as part of `npm run lint`; ARCHITECTURE.md shows the table.
'use strict';

/**
 * The rooms of src/ (folders, and the files beside them), and which others each imports. A room imports only rooms further
 * down, so there are no rings. Whatever is in SHARED may be imported everywhere.
 */
const ROOMS = {
  main: ['cli', 'doctor', 'lifecycle', 'store', 'logger', 'config'],
  cli: [
    'doctor',
    'lifecycle',
    'simulator',
    'upstream',
    'store',
    'stats',
    'team',
    'budgets',
    'logger',
    'config',
  ],
  doctor: ['alerts', 'upstream', 'store', 'team', 'completion', 'config'],
  lifecycle: ['compose', 'metrics', 'logger', 'config'],
  compose: [
    'app',
    'dashboard',
    'http',
    'metrics',
    'replica',
    'alerts',
    'kept-responses',
    'conversations',
    'routing',
    'pricing',
    'tracing',
    'upstream',
    'store',
    'events',
    'history',
    'queue',
    'team',
    'budgets',
    'stats',
    'completion',
    'logger',
    'config',
  ],
  app: ['dashboard', 'pages', 'http', 'tracing', 'protocol', 'store', 'stats', 'config'],
  dashboard: [
    'pages',
    'http',
    'store',
    'events',
    'history',
    'queue',
    'team',
    'budgets',
    'stats',
    'logger',
    'config',
  ],
  pages: ['openapi', 'http', 'protocol', 'upstream', 'config'],
  openapi: ['protocol', 'upstream', 'events', 'team', 'budgets', 'stats', 'completion'],
  http: [
    'tracing',
    'kept-responses',
    'conversations',
    'protocol',
    'routing',
    'pricing',
    'upstream',
    'queue',
    'team',
    'budgets',
    'tokens',
    'stats',
    'completion',
    'logger',
    'config',
  ],
  tracing: ['upstream', 'completion', 'logger', 'config'],
  metrics: ['stats', 'logger', 'config'],
  replica: ['store', 'events'],
  alerts: ['events', 'stats', 'logger', 'config'],
  'kept-responses': ['protocol', 'store'],
  conversations: ['upstream', 'store', 'completion'],
  simulator: ['upstream'],
  protocol: ['team', 'budgets', 'completion'],
  routing: ['upstream', 'completion', 'config'],
  pricing: ['upstream', 'completion', 'config'],
  upstream: ['completion', 'config'],
  tokens: [],
  store: ['events', 'history', 'queue', 'team', 'budgets', 'stats', 'logger', 'config'],
  events: [],
  history: ['stats'],
  queue: [],
  team: ['budgets'],
  stats: ['completion', 'logger'],
  completion: [],
  logger: ['config'],
  config: ['budgets'],
  budgets: [],
};

/** Closed sets, and small functions about text, numbers and threads. */
const SHARED = ['vocabulary', 'calendar', 'glob', 'json', 'printable', 'thread', 'version'];

/** Packages that only one place knows. */
const OWNED_PACKAGES = {
  got: '^src/upstream/transport/',
  hpagent: '^src/upstream/transport/',
  ioredis: '^src/store/',
  libsql: '^src/store/disk/',
  'rate-limit-redis': '^src/store/',
  luxon: '^src/calendar[.]ts$',
  'prom-client': '^src/metrics/',
  '@opentelemetry/[^/]+': '^src/tracing/',
  express: '^src/(app[.]ts|http|pages|dashboard)',
};

/** Code that takes values and gives values. Its tests cut the bytes everywhere and hold no clock, so it has none either. */
const PURE = [
  '^src/(vocabulary|protocol|openapi|queue/core|team/core|budgets/core|pricing)/',
  '^src/completion/(?!json-checks/)',
  '^src/upstream/(?!transport/|model-catalog[.]ts|retry[.]ts|[^/]+/client[.]ts)',
];
/** Takes a digest, which is a value as well. */
const PURE_BUT_FOR_A_DIGEST = '^src/protocol/tools/tool-names[.]ts$';

/** @param {string[]} names */
function pathOf(names) {
  return `^src/(${names.join('|')})(/|[.]ts$)`;
}

const order = Object.keys(ROOMS);
for (const [room, imports] of Object.entries(ROOMS)) {
  const wrong = imports.find((name) => order.indexOf(name) <= order.indexOf(room));
  if (wrong !== undefined) throw new Error(`${room} → ${wrong}: a room imports only rooms further down`);
}

const rooms = Object.entries(ROOMS).map(([room, imports]) => ({
  name: `rooms-${room}`,
  comment: `src/${room} imports only ${[...imports, ...SHARED].join(', ')} (.dependency-cruiser.cjs).`,
  severity: 'error',
  from: { path: pathOf([room]) },
  to: { path: '^src/', pathNot: pathOf([room, ...imports, ...SHARED]) },
}));

const owners = Object.entries(OWNED_PACKAGES).map(([name, path]) => ({
  name: `only-one-imports-${name}`,
  comment: `Only ${path} knows ${name}: give that place a function instead.`,
  severity: 'error',
  from: { pathNot: path },
  to: { path: `node_modules/${name}/` },
}));

module.exports = {
  ROOMS,
  SHARED,
  forbidden: [
    ...rooms,
    ...owners,
    {
      name: 'shared-imports-nothing',
      comment: `What everything may import imports nothing but ${SHARED.join(', ')}.`,
      severity: 'error',
      from: { path: pathOf(SHARED) },
      to: { path: '^src/', pathNot: pathOf(SHARED) },
    },
    {
      name: 'every-room-is-known',
      comment:
        'A new folder or file in src/ gets a line in ROOMS (.dependency-cruiser.cjs) and in ARCHITECTURE.md.',
      severity: 'error',
      from: { path: '^src/', pathNot: pathOf([...order, ...SHARED]) },
      to: {},
    },
    {
      name: 'no-folder-rings',
      comment: 'Two folders that import each other: move what both need to one that neither is in.',
      scope: 'folder',
      severity: 'error',
      from: {},
      to: { circular: true },
    },
    {
      name: 'pure',
      comment: 'Pure code has no socket, file, clock or randomness: hand the value in.',
      severity: 'error',
      from: { path: PURE, pathNot: PURE_BUT_FOR_A_DIGEST },
      to: { dependencyTypes: ['core'] },
    },
    {
      name: 'simulator-knows-only-the-models',
      comment: 'A simulator that shares code with the gateway cannot notice when that code is wrong.',
      severity: 'error',
      from: { path: '^src/simulator/' },
      to: { path: '^src/', pathNot: '^src/(simulator/|upstream/models[.]ts$)' },
    },
    {
      name: 'providers-do-not-know-each-other',
      comment: 'What two providers share belongs in src/upstream/ itself.',
      severity: 'error',
      from: { path: '^src/upstream/(?!transport/)([^/]+)/' },
      to: { path: '^src/upstream/(?!transport/)[^/]+/', pathNot: '^src/upstream/$1/' },
    },
    {
      name: 'providers-are-behind-upstream',
      comment:
        'Whoever asks an upstream does it by src/upstream/upstream.ts, so that a new provider changes nothing else.',
      severity: 'error',
      from: { pathNot: '^src/upstream/(create-upstream[.]ts$|[^/]+/)' },
      to: { path: '^src/upstream/(?!transport/)[^/]+/' },
    },
    {
      name: 'resolvable',
      comment: 'The imported module is not there.',
      severity: 'error',
      from: {},
      to: { couldNotResolve: true },
    },
  ],
  options: {
    // dependency-cruiser 17 reads TypeScript 7 by @swc/core only. Without that package it reads no module and finds nothing wrong.
    parser: 'swc',
    tsPreCompilationDeps: true, // imports of types count
    doNotFollow: { path: 'node_modules' },
    enhancedResolveOptions: {
      extensions: ['.ts', '.js', '.mjs', '.cjs', '.json'],
      exportsFields: ['exports'],
      conditionNames: ['import', 'node', 'types', 'default', 'require'],
    },
  },
};
