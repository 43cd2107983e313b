/** Bodies of the admin API: members, keys, invites. Unknown fields are refused, so that a typing error is noticed. Pure. */
import { z } from 'zod';
import { MAX_IN_FLIGHT, MAX_TOKENS_PER_MINUTE } from '../../budgets/core/budget.js';
import {
  CLASSES,
  MAX_EXPIRES_DAYS,
  MAX_GLOB_LENGTH,
  MAX_MODELS,
  MAX_NOTE_LENGTH,
  MAX_RATE,
  MAX_WEIGHT,
  NAME,
  ROLES,
  STATES,
} from '../../team/core/entities.js';
import { type JsonSchema, describe as text } from '../field-docs.js';
import { bodyFields, checkFields, type Fields, unsupported, wrong } from '../fields.js';
import { BudgetField } from './budgets.js';

const MAX_GRACE_SECONDS = 30 * 24 * 60 * 60;
const MAX_IMPORTED = 1_000;
const MAX_KEY_LENGTH = 4_096;

const name = z.string().regex(NAME, 'must be 1 to 64 letters, digits, `.`, `_` or `-`');

function field<Schema extends z.ZodType>(
  schema: Schema,
  en: string,
  zh: string,
  more: JsonSchema = {},
): Schema {
  return schema.meta({ ...text(en, zh), ...more });
}

const shared = {
  note: field(z.string().max(MAX_NOTE_LENGTH).nullish(), 'For the lead only.', '仅供管理者查看的备注。'),
  state: field(
    z.enum(STATES).optional(),
    '`disabled` refuses requests until it is active again.',
    '`disabled` 表示停用，直到恢复为 `active`。',
  ),
  models: field(
    z.array(z.string().min(1).max(MAX_GLOB_LENGTH)).min(1).max(MAX_MODELS).nullish(),
    'Models that may be used, with `*` for any text; null for all.',
    '允许使用的模型，可用 `*` 通配；null 表示全部。',
  ),
  requests_per_minute: field(
    z.int().min(1).max(MAX_RATE).nullish(),
    'Of a key: instead of `RATE_LIMIT`. Of a member: all keys together. Null for none.',
    '对密钥：代替 `RATE_LIMIT`；对成员：其全部密钥合计。null 表示不设。',
  ),
  tokens_per_minute: field(
    z.int().min(1).max(MAX_TOKENS_PER_MINUTE).nullish(),
    'Input and output together; of a member: of all keys. Null for none.',
    '每分钟输入与输出 token 合计；对成员：其全部密钥合计。null 表示不设。',
  ),
  max_in_flight: field(
    z.int().min(1).max(MAX_IN_FLIGHT).nullish(),
    'Requests that may be open at a time, waiting ones included; of a member: of all keys. Null for none.',
    '同时进行的请求数，含排队的请求；对成员：其全部密钥合计。null 表示不设。',
  ),
  budgets: field(
    BudgetField.nullish(),
    'What may be spent in a day, week, month or in total: at most one entry for each unit and period. Replaces those before; null for none.',
    '每天、每周、每月或总计可用的额度，每种单位和周期至多一项。整体替换原有预算；null 表示不设。',
  ),
  keep_responses: field(
    z.boolean().nullish(),
    'False: no response is kept for later requests, whatever `RESPONSES_TTL` is. Null for true.',
    'false 表示不保留任何回答供后续请求引用，无论 `RESPONSES_TTL` 如何设置；null 等同于 true。',
  ),
};

const memberFields = {
  name: field(
    z.string().min(1).max(100).nullish(),
    'For people; the id unless given.',
    '显示名，默认与 id 相同。',
  ),
  ...shared,
  role: field(z.enum(ROLES).optional(), '`admin` may change the team.', '`admin` 可以管理团队。'),
  class: field(
    z.enum(CLASSES).optional(),
    '`batch` requests wait until no interactive one does.',
    '`batch` 请求排在交互请求之后。',
  ),
  weight: field(
    z.int().min(1).max(MAX_WEIGHT).optional(),
    'Share of the queue; 2 gets twice as much as 1.',
    '排队权重，2 得到的份额是 1 的两倍。',
  ),
};

const keyFields = {
  ...shared,
  class: field(
    z.enum(CLASSES).nullish(),
    '`batch` even if the member is not.',
    '即使成员不是 `batch`，该密钥也按 `batch` 排队。',
  ),
  expires_at: field(
    z.string().nullish(),
    'A day (`2027-01-31`: through its end, UTC) or a time in ISO 8601. Null for never.',
    '日期（`2027-01-31`，当天 UTC 结束时失效）或 ISO 8601 时间；null 表示不失效。',
    { examples: ['2027-01-31'] },
  ),
  expires_days: field(
    z.int().min(1).max(MAX_EXPIRES_DAYS).nullish(),
    'Days from the first use to the expiry. Null for never.',
    '首次使用后多少天失效；null 表示不失效。',
  ),
};

/** Body of `POST /admin/members`. */
export const NewMember = z.object({
  id: field(name, 'The member’s id, which stays.', '成员 id，之后不变。'),
  ...memberFields,
});
/** Body of `PATCH /admin/members/{id}`. */
export const MemberChange = z.object(memberFields);
/** Body of `POST /admin/keys`. */
export const NewKey = z.object({
  member: field(name, 'Whose key it is; an unknown member is made.', '密钥所属成员；不存在时自动创建。'),
  name: field(
    name.optional(),
    'Label in statistics and log; the member’s id unless given.',
    '在统计和日志中的名字，默认为成员 id。',
  ),
  ...keyFields,
});
/** Body of `PATCH /admin/keys/{id}`. */
export const KeyChange = z.object(keyFields);
/** Body of `POST /admin/keys/{id}/rotate`. */
export const Rotation = z.object({
  grace_seconds: field(
    z.int().min(0).max(MAX_GRACE_SECONDS).optional(),
    'How long the old secret works on; 0 unless given.',
    '旧密钥继续有效的秒数，默认 0。',
  ),
});
/** Body of `POST /admin/keys/import`. */
export const KeyImport = z.object({
  keys: field(
    z
      .array(
        z.object({
          name: field(name, 'Name of member and key.', '成员和密钥的名字。'),
          key: field(
            z.string().min(8).max(MAX_KEY_LENGTH),
            'The secret, as its owner has it.',
            '现有的密钥原文。',
          ),
          requests_per_minute: shared.requests_per_minute,
        }),
      )
      .min(1)
      .max(MAX_IMPORTED),
    'Keys that exist already.',
    '已有的密钥。',
  ),
});

/** Body of `POST /admin/invites`. */
export const NewInvite = z.object({
  member: field(name, 'Who is invited; an unknown member is made.', '被邀请的成员；不存在时自动创建。'),
});
/** Body of `POST /join`. */
export const Join = z.object({
  token: field(
    z.string().min(20).max(100),
    'What follows `#` in the invite’s address.',
    '邀请地址中 `#` 之后的部分。',
  ),
});

/** Body of `POST /me/session`. */
export const ShownKey = z.object({
  key: field(z.string().min(8).max(MAX_KEY_LENGTH), 'A managed key.', '受管密钥。'),
});

/** Names that other gateways have for what is called otherwise here. */
const OTHER_NAMES: Readonly<Record<string, string>> = {
  budget: 'budgets',
  max_budget: 'budgets',
  in_flight: 'max_in_flight',
  max_parallel_requests: 'max_in_flight',
};

/** Throws a BadRequestError that names the field at fault. An empty body counts as `{}`. */
export function parseAdminBody<Shape extends z.ZodRawShape>(
  schema: z.ZodObject<Shape>,
  body: unknown,
): z.output<z.ZodObject<Shape>> {
  const fields: Fields = bodyFields(body ?? {});
  for (const given of Object.keys(fields)) {
    if (Object.hasOwn(schema.shape, given)) continue;
    const own = OTHER_NAMES[given];
    if (own !== undefined) throw unsupported(given, `the field is called ${own} here.`);
    throw wrong(
      given.slice(0, 100),
      `is not a field of this request; there are ${Object.keys(schema.shape).join(', ')}`,
    );
  }
  return checkFields(schema, fields);
}

const DAY_MS = 24 * 60 * 60 * 1000;
const DAY = /^\d{4}-\d\d-\d\d$/;
const TIME = /^\d{4}-\d\d-\d\dT\d\d:\d\d(:\d\d(\.\d+)?)?(Z|[+-]\d\d:\d\d)$/;

/** `expires_at` in Unix milliseconds; a day ends with its last moment in UTC. */
export function parseExpiry(given: string | null | undefined, now: number): number | null | undefined {
  if (given === undefined || given === null) return given;
  const isDay = DAY.test(given);
  const time = isDay || TIME.test(given) ? Date.parse(given) : Number.NaN;
  // `2027-02-30` would be read as 2 March.
  const isReal = isDay
    ? Number.isFinite(time) && new Date(time).toISOString().startsWith(given)
    : Number.isFinite(time);
  if (!isReal)
    throw wrong('expires_at', 'must be a day such as 2027-01-31, or a time such as 2027-01-31T18:00:00Z');
  const end = isDay ? time + DAY_MS : time;
  if (end <= now) throw wrong('expires_at', 'must be in the future');
  return end;
}
