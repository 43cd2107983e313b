/** POST /v1/embeddings, POST /v1/rerank */
import { EmbeddingRequest, RerankRequest } from '../protocol/pass-through.js';
import type { Endpoint, Texts } from './endpoint.js';
import { errorResponses } from './errors.js';
import { explain, ref } from './schema.js';
import { jsonAnswer } from './shared.js';

const description: Texts = [
  'Every field but `model` goes to the upstream as it is, and its answer comes back as it is. Upstreams without this endpoint answer 404; the web chat has none.',
  '除 `model` 外的所有字段原样转发给上游，回答也原样返回。上游没有该接口时返回 404；网页版没有该接口。',
];
const others = errorResponses([400, 401, 404, 413, 415, 429, 500, 502, 503, 504]);
const upstreamAnswer = explain({ type: 'object' }, 'The upstream’s answer.', '上游的回答。');

export const embeddings: Endpoint = {
  method: 'post',
  path: '/v1/embeddings',
  id: 'createEmbeddings',
  summary: ['Embeddings (OpenAI)', '向量（OpenAI Embeddings）'],
  description,
  access: 'key',
  schemas: { EmbeddingRequest, EmbeddingList: upstreamAnswer },
  body: 'EmbeddingRequest',
  answer: jsonAnswer(['The vectors.', '向量。'], ref('EmbeddingList')),
  others,
  sampleBody: () => ({ model: 'embedding-3', input: 'Hello' }),
};

export const rerank: Endpoint = {
  method: 'post',
  path: '/v1/rerank',
  id: 'rerankDocuments',
  summary: ['Reranking', '重排序'],
  description,
  access: 'key',
  schemas: { RerankRequest, RerankResults: upstreamAnswer },
  body: 'RerankRequest',
  answer: jsonAnswer(['The documents by relevance.', '按相关性排序的文档。'], ref('RerankResults')),
  others,
  sampleBody: () => ({ model: 'rerank', query: 'fox', documents: ['a fox', 'a dog'] }),
};
