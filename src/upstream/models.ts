/**
 * The models of Z.ai as metadata: public name, month of first appearance, ids on the web protocol and on the official API,
 * limits, modalities, thinking and price. An id that is absent is not offered there. A new model is a new row.
 * Source: docs.z.ai, price and model pages as of 2026-11.
 */
import type { Effort, Modality, ModelInfo, ThinkingKind, UpstreamModel } from '../completion/model-info.js';
import { normalizeSpelling } from './model-names.js';
import { ALWAYS_EFFORTS } from './model-traits.js';

interface ModelRow {
  readonly name: string;
  readonly since: string;
  readonly web?: string;
  readonly api?: string;
  readonly context: number;
  readonly maxOutput: number;
  readonly input: readonly Modality[];
  readonly thinking: ThinkingKind;
  readonly efforts?: readonly Effort[];
  readonly toolStream?: true;
  /** US dollars per million tokens: input, cached input, output. */
  readonly price?: readonly [input: number, cached: number | undefined, output: number] | undefined;
}

const K4 = 131_072;
const K5 = 204_800;
const MILLION = 1_048_576;
const TEXT = ['text'] as const;
const VISION = ['text', 'image', 'video'] as const;
const SEES_ALL = ['text', 'image', 'video', 'file'] as const;

/** Rows of one generation share these. */
const GLM_4_5 = { context: K4, maxOutput: 98_304, input: TEXT, thinking: 'switch' } as const;
const GLM_4_6 = {
  context: K5,
  maxOutput: 131_072,
  input: TEXT,
  thinking: 'switch',
  toolStream: true,
} as const;
const GLM_4_6V = { context: K4, maxOutput: 32_768, input: VISION, thinking: 'switch' } as const;
const GLM_5_3 = {
  context: MILLION,
  maxOutput: 131_072,
  thinking: 'always',
  efforts: ALWAYS_EFFORTS,
  toolStream: true,
} as const;

export const MODELS: readonly ModelRow[] = [
  { name: 'GLM-5.4', since: '2026-11', api: 'glm-5.4', ...GLM_5_3, input: SEES_ALL },
  { name: 'GLM-5.3', since: '2026-08', api: 'glm-5.3', ...GLM_5_3, input: TEXT, price: [1.4, 0.26, 4.4] },
  {
    name: 'GLM-5.3-Flash',
    since: '2026-08',
    api: 'glm-5.3-flash',
    ...GLM_5_3,
    input: VISION,
    price: [0.15, 0.03, 0.5],
  },
  {
    name: 'GLM-5.3-FlashX',
    since: '2026-08',
    api: 'glm-5.3-flashx',
    ...GLM_5_3,
    input: VISION,
    price: [0.37, undefined, 1.25],
  },
  {
    name: 'GLM-5.2',
    since: '2026-06',
    api: 'glm-5.2',
    context: MILLION,
    maxOutput: 131_072,
    input: TEXT,
    thinking: 'effort',
    efforts: ['none', 'high', 'max'],
    toolStream: true,
    price: [1.4, 0.26, 4.4],
  },
  { name: 'GLM-5.1', since: '2026-03', api: 'glm-5.1', ...GLM_4_6, price: [1.4, 0.26, 4.4] },
  { name: 'GLM-5', since: '2026-02', web: 'glm-5', api: 'glm-5', ...GLM_4_6, price: [1, 0.2, 3.2] },
  { name: 'GLM-5-Turbo', since: '2026-03', api: 'glm-5-turbo', ...GLM_4_6, price: [1.2, 0.24, 4] },
  {
    name: 'GLM-5V-Turbo',
    since: '2026-04',
    api: 'glm-5v-turbo',
    ...GLM_4_6,
    input: SEES_ALL,
    price: [1.2, 0.24, 4],
  },
  { name: 'GLM-5-Code', since: '2026-02', api: 'glm-5-code', ...GLM_4_6, price: [1.2, 0.3, 5] },
  { name: 'GLM-4.7', since: '2025-12', web: 'glm-4.7', api: 'glm-4.7', ...GLM_4_6, price: [0.6, 0.11, 2.2] },
  { name: 'GLM-4.7-FlashX', since: '2026-01', api: 'glm-4.7-flashx', ...GLM_4_6, price: [0.07, 0.01, 0.4] },
  { name: 'GLM-4.7-Flash', since: '2026-01', api: 'glm-4.7-flash', ...GLM_4_6, price: [0, 0, 0] },
  {
    name: 'GLM-4.6',
    since: '2025-09',
    web: 'GLM-4-6-API-V1',
    api: 'glm-4.6',
    ...GLM_4_6,
    price: [0.6, 0.11, 2.2],
  },
  {
    name: 'GLM-4.6V',
    since: '2025-12',
    web: 'glm-4.6v',
    api: 'glm-4.6v',
    ...GLM_4_6V,
    price: [0.3, 0.05, 0.9],
  },
  {
    name: 'GLM-4.6V-FlashX',
    since: '2025-12',
    api: 'glm-4.6v-flashx',
    ...GLM_4_6V,
    price: [0.04, 0.004, 0.4],
  },
  { name: 'GLM-4.6V-Flash', since: '2025-12', api: 'glm-4.6v-flash', ...GLM_4_6V, price: [0, 0, 0] },
  {
    name: 'GLM-4.5',
    since: '2025-08',
    web: '0727-360B-API',
    api: 'glm-4.5',
    ...GLM_4_5,
    price: [0.6, 0.11, 2.2],
  },
  { name: 'GLM-4.5-X', since: '2025-08', api: 'glm-4.5-x', ...GLM_4_5, price: [2.2, 0.45, 8.9] },
  {
    name: 'GLM-4.5-Air',
    since: '2025-08',
    web: '0727-106B-API',
    api: 'glm-4.5-air',
    ...GLM_4_5,
    price: [0.2, 0.03, 1.1],
  },
  { name: 'GLM-4.5-AirX', since: '2025-08', api: 'glm-4.5-airx', ...GLM_4_5, price: [1.1, 0.22, 4.5] },
  { name: 'GLM-4.5-Flash', since: '2025-08', api: 'glm-4.5-flash', ...GLM_4_5, price: [0, 0, 0] },
  {
    name: 'GLM-4.5V',
    since: '2025-08',
    web: 'glm-4.5v',
    api: 'glm-4.5v',
    context: 65_536,
    maxOutput: 16_384,
    input: VISION,
    thinking: 'switch',
    price: [0.6, 0.11, 1.8],
  },
  { name: 'GLM-4.5-Research', since: '2025-08', web: '0808-360B-DR', ...GLM_4_5 },
  {
    name: 'GLM-4-32B-0414-128K',
    since: '2025-04',
    api: 'glm-4-32b-0414-128k',
    context: K4,
    maxOutput: 16_384,
    input: TEXT,
    thinking: 'none',
    price: [0.1, undefined, 0.1],
  },
  {
    name: 'Z1-Rumination',
    since: '2025-04',
    web: 'deep-research',
    context: K4,
    maxOutput: 16_384,
    input: TEXT,
    thinking: 'none',
  },
];

/** The rows that one kind of upstream offers, with its own ids. The web chat sells nothing and takes no images from guests. */
export function modelsOf(kind: 'web' | 'api'): UpstreamModel[] {
  return MODELS.flatMap((row) => {
    const id = row[kind];
    const created = Date.parse(`${row.since}-01`) / 1000;
    const info = infoOf(kind === 'web' ? { ...row, input: TEXT, price: undefined } : row);
    return id === undefined ? [] : [{ name: row.name, id, created, ownedBy: 'z.ai', info }];
  });
}

/** The union of the table and of what the official API lists, which is less than what it serves. An empty list says nothing. */
export function officialModels(listed: readonly UpstreamModel[]): UpstreamModel[] {
  const spellings = new Set(listed.map(({ id }) => normalizeSpelling(id)));
  const isEmpty = spellings.size === 0;
  const table = modelsOf('api').map((model) => ({
    ...model,
    isListed: isEmpty || spellings.delete(model.id),
  }));
  return [...table, ...listed.filter(({ id }) => spellings.delete(normalizeSpelling(id)))];
}

const PRICES = new Map(MODELS.flatMap(({ api, price }) => (api && price ? [[api, price] as const] : [])));

/** The official API's price of a model, by its id. `undefined` when none is published. */
export function getListPrice(id: string): ModelRow['price'] {
  return PRICES.get(id);
}

/** Names of the official API's models that take images. */
export const VISION_MODELS = MODELS.filter(({ api, input }) => api && input.includes('image')).map(
  ({ name }) => name,
);

function infoOf({
  context,
  maxOutput,
  input,
  thinking,
  efforts = [],
  toolStream,
  price,
}: ModelRow): ModelInfo {
  return {
    contextTokens: context,
    maxOutputTokens: maxOutput,
    input,
    thinking,
    efforts,
    toolStream: toolStream === true,
    ...(price === undefined ? {} : { price: { input: price[0], cached: price[1], output: price[2] } }),
  };
}
