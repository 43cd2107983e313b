/**
 * The models of Z.ai: public name, month of first appearance, id on the web protocol, id on the official API.
 * An id that is absent: not offered there. A new model is a new row.
 */
import type { UpstreamModel } from './upstream.js';

interface ModelRow {
  readonly name: string;
  readonly since: string;
  readonly web?: string;
  readonly api?: string;
  /** Takes images. */
  readonly vision?: true;
  /** Streams the arguments of tool calls, if asked to (`tool_stream`). */
  readonly toolStream?: true;
}

export const MODELS: readonly ModelRow[] = [
  { name: 'GLM-4.5', since: '2025-08', web: '0727-360B-API', api: 'glm-4.5' },
  { name: 'GLM-4.5-Air', since: '2025-08', web: '0727-106B-API', api: 'glm-4.5-air' },
  { name: 'GLM-4.5-X', since: '2025-08', api: 'glm-4.5-x' },
  { name: 'GLM-4.5-AirX', since: '2025-08', api: 'glm-4.5-airx' },
  { name: 'GLM-4.5-Flash', since: '2025-08', api: 'glm-4.5-flash' },
  { name: 'GLM-4.5V', since: '2025-08', web: 'glm-4.5v', api: 'glm-4.5v', vision: true },
  { name: 'GLM-4.5-Research', since: '2025-08', web: '0808-360B-DR' },
  { name: 'GLM-4.6', since: '2025-09', web: 'GLM-4-6-API-V1', api: 'glm-4.6', toolStream: true },
  { name: 'GLM-4.6V', since: '2025-12', web: 'glm-4.6v', api: 'glm-4.6v', vision: true },
  { name: 'GLM-4.7', since: '2025-12', web: 'glm-4.7', api: 'glm-4.7', toolStream: true },
  { name: 'GLM-4.7-Flash', since: '2026-01', api: 'glm-4.7-flash', toolStream: true },
  { name: 'GLM-5', since: '2026-02', web: 'glm-5', api: 'glm-5', toolStream: true },
  { name: 'GLM-4-32B-0414-128K', since: '2025-04', api: 'glm-4-32b-0414-128k' },
  { name: 'Z1-Rumination', since: '2025-04', web: 'deep-research' },
];

/** The rows that one kind of upstream offers, with its own ids. */
export function modelsOf(kind: 'web' | 'api'): UpstreamModel[] {
  return MODELS.flatMap((row) => {
    const id = row[kind];
    const created = Date.parse(`${row.since}-01`) / 1000;
    return id === undefined ? [] : [{ name: row.name, id, created, ownedBy: 'z.ai' }];
  });
}

/** Names of the official API's models that take images. */
export const VISION_MODELS = MODELS.filter(({ api, vision }) => api && vision).map(({ name }) => name);

/** Both by the official API's id. A model that is not in the table may be able to do anything. */
export function readsTextOnly(id: string): boolean {
  const row = rowOf(id);
  return row !== undefined && !row.vision;
}

export function streamsToolArguments(id: string): boolean {
  return rowOf(id)?.toolStream === true;
}

/** The longest answer a model of the official API gives, in tokens; Z.ai refuses to be asked for more. */
export function mostTokens(id: string): number {
  return id.startsWith('glm-4.5') ? 98_304 : 131_072;
}

function rowOf(id: string): ModelRow | undefined {
  return MODELS.find(({ api }) => api === id);
}
