/** The models of the simulated Z.ai: the gateway's table. `GET /models` of the official API lists only a part of it. */
import { MODELS } from '../upstream/models.js';

export type ModelRow = (typeof MODELS)[number];

/** @returns undefined for a model that the official API does not know. */
export function findOfficialModel(id: string): ModelRow | undefined {
  return MODELS.find(({ api }) => api === id);
}

/** Ids that the official API lists unless told otherwise: like the real API, it leaves out free models and vision models. */
export function listedModels(): string[] {
  const listed = MODELS.filter(({ input, price }) => !input.includes('image') && price && price[0] > 0);
  return listed.flatMap(({ api }) => api ?? []);
}

export function readCreatedAt({ since }: ModelRow): number {
  return Date.parse(`${since}-01`) / 1000;
}
