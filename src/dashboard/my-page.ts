/** GET /me: what somebody sees of the own key, by a session. Without one, a form that asks for the key. */
import type { Request, Response } from 'express';
import { nameFlow } from '../http/request-slot.js';
import { findSession, type SessionFinder } from '../http/routes/me.js';
import { describeConfiguredKey, describeManagedKey, type OwnKeyConfig } from '../http/routes/own-key.js';
import { isolatePage } from '../http/session-proof.js';
import { type BudgetReader, showLimits } from '../http/show-limits.js';
import { type Language, languageOf } from '../pages/language.js';
import { showPage, textsIn } from '../pages/page.js';
import { getUsageId } from '../team/core/entities.js';
import { ApiError } from '../vocabulary/errors.js';
import { Format } from './format.js';
import { type MyError, type MyPlace, type MyUse, type MyUseSource, readMyUse } from './my-use.js';
import { TEXTS } from './texts/texts.js';
import { toMoment } from './times.js';

export interface MyPageDeps extends MyUseSource {
  readonly config: OwnKeyConfig;
  readonly sessions: SessionFinder;
  readonly budgets: BudgetReader;
}

type Owner = NonNullable<Awaited<ReturnType<SessionFinder['find']>>>['owner'];

const HOUR_MS = 3_600_000;

export function myPage(deps: MyPageDeps) {
  return async (req: Request, res: Response): Promise<void> => {
    res.setHeader('cache-control', 'no-store');
    isolatePage(res);
    const language = languageOf(req);
    const { script, title, unread, again } = textsIn(language).me;
    const session = await findSession(deps.sessions, req).catch(orUnavailable);
    if (session === 'unavailable') {
      res.status(503);
      showPage(req, res, 'error', { title, text: unread, backTo: '/me', back: again });
      return;
    }
    if (session === undefined) {
      showPage(req, res, 'me', { script, proof: undefined, key: undefined });
      return;
    }
    const { key, asked } = describeOwner(session.owner, deps.config);
    const use = await readMyUse(deps, { ...asked, language }, Date.now());
    const limits = await showLimits(session.owner.managed?.meters, deps.budgets);
    const budgets = limits.budgets.map((budget) => describeBudget(budget, language));
    const keptHours = key.keep_responses ? String(deps.config.responsesTtlMs / HOUR_MS) : undefined;
    showPage(req, res, 'me', {
      script,
      proof: session.proof,
      key,
      limits,
      budgets,
      keptHours,
      ...showUse(use, language),
    });
  };
}

/** What the page shows of the key, and what its use is found by. */
function describeOwner({ managed, configured }: Owner, config: OwnKeyConfig) {
  if (managed !== undefined) {
    const key = describeManagedKey(managed, config);
    const flow = nameFlow({ isPublic: false, name: key.member });
    return { key: { ...key, isPublic: false }, asked: { keyId: getUsageId(managed.key), flow } };
  }
  const { id, name, isPublic } = configured;
  const key = { ...describeConfiguredKey(configured, config), member: undefined, isPublic };
  return { key, asked: { keyId: id, flow: nameFlow({ isPublic, name }) } };
}

type ShownBudget = Awaited<ReturnType<typeof showLimits>>['budgets'][number];

/** One budget in words, and as a bar: `spent` is `undefined` while it cannot be read. */
function describeBudget(budget: ShownBudget, language: Language) {
  const t = textsIn(language).me;
  const format = new Intl.NumberFormat(language, { maximumFractionDigits: 4 });
  const [total, unit] =
    'tokens' in budget ? [budget.tokens, t.budgetTokens] : [budget.money, budget.currency];
  const spent = budget.spent ?? undefined;
  return {
    label: t.budget(t.budgetPeriods[budget.period], `${format.format(total)} ${unit}`),
    left: budget.left === null ? t.budgetUnread : t.budgetLeft(`${format.format(budget.left)} ${unit}`),
    setBy: t.setBy[budget.set_by],
    total,
    spent: spent === undefined ? undefined : Math.min(spent + (budget.reserved ?? 0), total),
    resets: budget.resets_at === null ? undefined : toMoment(Date.parse(budget.resets_at), 'full'),
  };
}

function orUnavailable(error: unknown): 'unavailable' {
  if (error instanceof ApiError && error.status === 503) return 'unavailable';
  throw error;
}

/** @param use `undefined` while it cannot be read */
function showUse(use: MyUse | undefined, language: Language) {
  const errors = use?.errors.map((error) => ({
    ...error,
    at: toMoment(error.finishedAt, 'full'),
    advice: findAdvice(error, textsIn(language).me.advice),
  }));
  const places = use?.places.map((place) => ({ ...place, expected: showRange(place, language) }));
  return { use: use && { ...use, errors, places } };
}

/** What the reader can do, by code, else by status. */
function findAdvice({ code, status }: MyError, advice: Readonly<Record<string, string>>): string | undefined {
  const names = [code, `${status}`, `${Math.floor(status / 100)}xx`];
  const known = names.find((name) => Object.hasOwn(advice, name));
  return known === undefined ? undefined : advice[known];
}

/** Rounded to whole seconds, outwards. */
function showRange({ expected }: Pick<MyPlace, 'expected'>, language: Language) {
  if (expected === undefined) return undefined;
  const format = new Format(language, TEXTS[language]);
  return { from: format.span(expected.fromMs), to: format.span(Math.ceil(expected.toMs / 1_000) * 1_000) };
}
