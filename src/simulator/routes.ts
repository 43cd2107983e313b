/** Routes requests to endpoints, and applies the parts of a scenario that are independent of the protocol. */
import { type Account, type AccountOptions, Accounts } from './accounts.js';
import { findLastQuestion, readModelName } from './conversation.js';
import { codeFailure, concurrencyFailure, type Dialect, errorReply, findFailure } from './failures.js';
import { Guests } from './guests.js';
import { listedModels } from './model-rows.js';
import { officialModels, openAiChat, openAiUnauthorized, selfHostedModels } from './openai-protocol.js';
import { type QuotaForm, quotaLimits } from './quota.js';
import { json, type Reply } from './reply.js';
import type { SimulatedRequest } from './request-log.js';
import { Scenario } from './scenarios.js';
import { findScenarioRefusal, findServerRefusal, readBody, SERVED_MODELS } from './server-checks.js';
import { findServer } from './servers.js';
import type { ZaiPlan } from './thinking.js';
import { embeddings, rerank } from './vectors.js';
import { authReply, checkWebRequest, mintFailure, unauthorized, webChat, webModels } from './web-protocol.js';
import { dropIgnoredFields } from './web-tools.js';
import { checkZaiRequest } from './zai-checks.js';

interface RouteOptions extends AccountOptions {
  apiKey?: string;
  accountToken?: string;
  servedModels?: string[];
  listedModels?: string[];
  scenario?: string;
}

interface AnswerContext {
  base: OpenAiBase;
  scenario: Scenario;
  account: Account;
}

type OpenAiBase = { dialect: 'self-hosted' } | { dialect: 'zai'; plan: ZaiPlan };

const openAiBases: Record<string, OpenAiBase> = {
  '/api/paas/v4': { dialect: 'zai', plan: 'pay-as-you-go' },
  '/api/coding/paas/v4': { dialect: 'zai', plan: 'coding' },
  '/v1': { dialect: 'self-hosted' },
};

export class Routes {
  readonly guests: Guests;
  readonly accounts: Accounts;
  mintStatus: number | undefined;
  mintDelayMs = 0;
  quotaForm: QuotaForm = 'credits';
  readonly #served: string[];
  readonly #listed: string[];
  readonly #apiKey: string | undefined;
  readonly #scenario: string;
  readonly #attempts = new Map<string, number>();

  constructor(options: RouteOptions) {
    this.guests = new Guests(options.accountToken);
    this.accounts = new Accounts(options);
    this.#served = options.servedModels ?? SERVED_MODELS;
    this.#listed = options.listedModels ?? listedModels();
    this.#apiKey = options.apiKey;
    this.#scenario = options.scenario ?? '';
  }

  reply(request: SimulatedRequest): Reply {
    const path = request.path.replace(/\?.*$/, '').replace(/(.)\/$/, '$1');
    const route = `${request.method} ${path}`;
    if (route === 'GET /api/v1/auths') return this.#auth(request);
    if (route === 'GET /api/models') return this.#knows(request) ? webModels() : unauthorized();
    if (route === 'POST /api/chat/completions') return this.#webChat(request);
    if (route === 'GET /api/monitor/usage/quota/limit') return this.#quota(request);
    const [, base = '', endpoint] = /^(.*?)\/(models|chat\/completions|embeddings|rerank)$/.exec(path) ?? [];
    const openAi = openAiBases[base];
    if (openAi && request.method === 'GET' && endpoint === 'models') return this.#models(request, openAi);
    if (openAi && request.method === 'POST') {
      if (endpoint === 'chat/completions') return this.#openAiChat(request, openAi);
      if (endpoint !== 'models')
        return this.#vectors(request, openAi, endpoint === 'rerank' ? rerank : embeddings);
    }
    return json(404, { detail: `Not Found: ${route}` });
  }

  /** Asked with the key itself, without `Bearer`. */
  #quota({ headers }: SimulatedRequest): Reply {
    const key = String(headers.authorization ?? '');
    if (this.#apiKey !== undefined && key !== this.#apiKey) return openAiUnauthorized('zai', key === '');
    return quotaLimits(this.quotaForm, this.accounts.find(key).calls, Date.now());
  }

  #auth(request: SimulatedRequest): Reply {
    const bearer = readBearer(request);
    const minting = bearer === undefined;
    if (minting && this.mintStatus !== undefined) {
      return { ...mintFailure(this.mintStatus), delayMs: this.mintDelayMs };
    }
    const reply = authReply(this.guests, bearer, request.headers.cookie);
    return minting ? { ...reply, delayMs: this.mintDelayMs } : reply;
  }

  #knows(request: SimulatedRequest): boolean {
    return this.guests.find(readBearer(request)) !== undefined;
  }

  #webChat(request: SimulatedRequest): Reply {
    if (!this.#knows(request)) return unauthorized();
    const { body } = request;
    const refusal = checkWebRequest(body);
    if (refusal) return refusal;
    return inSlot(this.accounts.find(), 'web', () =>
      this.#inScenario(
        dropIgnoredFields(body),
        'web',
        (scenario) => findFailure(scenario, 'web') ?? webChat(body, scenario),
      ),
    );
  }

  #models(request: SimulatedRequest, { dialect }: OpenAiBase): Reply {
    const refusal = this.#refusesKey(request, dialect);
    if (refusal) return refusal;
    if (dialect === 'zai') return officialModels(this.#listed);
    return selfHostedModels(this.#served, findServer(Scenario.parse(this.#scenario)));
  }

  /** `sim:` words hold in the scenario of the simulator alone: what is embedded is data. */
  #vectors(
    request: SimulatedRequest,
    { dialect }: OpenAiBase,
    answer: (body: SimulatedRequest['body']) => Reply,
  ): Reply {
    const refusal = this.#refusesKey(request, dialect);
    if (refusal) return refusal;
    return inSlot(
      this.#account(request),
      dialect,
      () => findFailure(Scenario.parse(this.#scenario), dialect) ?? answer(request.body),
    );
  }

  #openAiChat(request: SimulatedRequest, base: OpenAiBase): Reply {
    const { body } = request;
    const refusal = this.#refusesKey(request, base.dialect);
    if (refusal) return refusal;
    const account = this.#account(request);
    return inSlot(account, base.dialect, () =>
      this.#inScenario(body, base.dialect, (scenario) => this.#answer(body, { base, scenario, account })),
    );
  }

  #answer(whole: SimulatedRequest['body'], { base, scenario, account }: AnswerContext): Reply {
    const body = readBody(whole, scenario);
    const refusal =
      base.dialect === 'zai'
        ? (checkZaiRequest(body, base.plan) ?? findScenarioRefusal(body, scenario))
        : findServerRefusal(body, scenario, this.#served);
    if (refusal) return refusal;
    const model = findServer(scenario).onlyOneModel ? (this.#served[0] ?? '') : readModelName(body);
    const failure = findFailure(scenario, base.dialect);
    return (
      failure ??
      openAiChat(base.dialect, body, {
        model,
        scenario,
        cached: account.cachePrompt(body),
        tally: account.tally,
      })
    );
  }

  #account(request: SimulatedRequest): Account {
    return this.accounts.find(readBearer(request));
  }

  #refusesKey(request: SimulatedRequest, dialect: 'zai' | 'self-hosted'): Reply | undefined {
    const bearer = readBearer(request);
    if (this.#apiKey === undefined || bearer === this.#apiKey) return undefined;
    return openAiUnauthorized(dialect, bearer === undefined);
  }

  /** Reads the words and counts the attempt. */
  #inScenario(body: SimulatedRequest['body'], dialect: Dialect, reply: (scenario: Scenario) => Reply): Reply {
    const protocol = dialect === 'web' ? 'web' : 'openai';
    const text = `${protocol === 'openai' ? body?.model : ''}\n${findLastQuestion(body)}`;
    const written = Scenario.parse(`${this.#scenario}\n${text}`);
    const misplaced = written.misplaced(protocol);
    if (misplaced) return errorReply(dialect, 400, `The simulator has no sim:${misplaced} in this protocol`);
    const scenario = this.#isUsedUp(written, text) ? written.withoutFailures() : written;
    const delayMs = scenario.number('delay');
    return { ...reply(scenario), delayMs };
  }

  #isUsedUp(scenario: Scenario, text: string): boolean {
    const times = scenario.number('times');
    if (times === undefined) return false;
    const attempt = (this.#attempts.get(text) ?? 0) + 1;
    this.#attempts.set(text, attempt);
    return attempt > times;
  }
}

/** Answers within a slot of the account, unless all are in use or the account answers with a code of its own. */
function inSlot(account: Account, dialect: Dialect, reply: () => Reply): Reply {
  account.calls += 1;
  if (account.code !== undefined) return codeFailure(account.code, dialect);
  const leave = account.enter();
  return leave === undefined ? concurrencyFailure(dialect) : { ...reply(), onEnd: leave };
}

function readBearer(request: SimulatedRequest): string | undefined {
  return /^Bearer (.*)$/i.exec(request.headers.authorization ?? '')?.[1];
}
