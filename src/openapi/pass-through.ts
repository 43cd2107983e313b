/** POST /v1/embeddings, POST /v1/rerank */
import { EmbeddingRequest, RerankRequest } from '../protocol/pass-through.js';
import { curl, type Endpoint } from './endpoint.js';
import { errorResponses, REQUEST_ID_HEADER } from './errors.js';
import { describe, jsonContent, ref, summarize } from './schema.js';
import { KEY_NEEDED } from './shared.js';

const ERRORS = [400, 401, 404, 413, 415, 429, 500, 502, 503, 504] as const;
const PASSED = describe(
  'Every field but `model` goes to the upstream as it is, and its answer comes back as it is. Upstreams without this endpoint answer 404; the web chat has none.',
  '除 `model` 外的所有字段原样转发给上游，回答也原样返回。上游没有该接口时返回 404；网页版没有该接口。',
);

export const embeddings: Endpoint = {
  path: '/v1/embeddings',
  method: 'post',
  schemas: {
    EmbeddingRequest,
    EmbeddingList: { type: 'object', ...describe('The upstream’s answer.', '上游的回答。') },
  },
  operation: {
    operationId: 'createEmbeddings',
    ...summarize('Embeddings (OpenAI)', '向量（OpenAI Embeddings）'),
    ...PASSED,
    security: KEY_NEEDED,
    requestBody: { required: true, content: jsonContent(ref('EmbeddingRequest')) },
    responses: {
      200: {
        ...describe('The vectors.', '向量。'),
        headers: REQUEST_ID_HEADER,
        content: jsonContent(ref('EmbeddingList')),
      },
      ...errorResponses(ERRORS),
    },
  },
  samples: (site) => [curl(site, '/v1/embeddings', { model: 'embedding-3', input: 'Hello' })],
};

export const rerank: Endpoint = {
  path: '/v1/rerank',
  method: 'post',
  schemas: {
    RerankRequest,
    RerankResults: { type: 'object', ...describe('The upstream’s answer.', '上游的回答。') },
  },
  operation: {
    operationId: 'rerankDocuments',
    ...summarize('Reranking', '重排序'),
    ...PASSED,
    security: KEY_NEEDED,
    requestBody: { required: true, content: jsonContent(ref('RerankRequest')) },
    responses: {
      200: {
        ...describe('The documents by relevance.', '按相关性排序的文档。'),
        headers: REQUEST_ID_HEADER,
        content: jsonContent(ref('RerankResults')),
      },
      ...errorResponses(ERRORS),
    },
  },
  samples: (site) => [
    curl(site, '/v1/rerank', { model: 'rerank', query: 'fox', documents: ['a fox', 'a dog'] }),
  ],
};
