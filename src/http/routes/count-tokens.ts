/** Estimates the input tokens of a request, in any client protocol, without asking the model. */
import type { Request, Response } from 'express';
import { type ClientRequest, getText, listImages } from '../../completion/request.js';
import type { Config } from '../../config/config.js';
import type { KeptResponses } from '../../kept-responses/kept-responses.js';
import { anthropicMessages } from '../../protocol/anthropic-messages/protocol.js';
import { isFields } from '../../protocol/fields.js';
import { openaiResponses } from '../../protocol/openai-responses/protocol.js';
import { countTokens } from '../../tokens/count-tokens.js';
import type { ModelCatalog } from '../../upstream/model-catalog.js';
import { getLocals } from '../request-locals.js';
import { findSealing } from '../sealing-access.js';

/** Tokens of a medium image. The real number depends on its size, which is not read. */
const TOKENS_PER_IMAGE = 1_000;
/** Role and separators. */
const TOKENS_PER_MESSAGE = 4;

export interface CountTokensDeps {
  readonly catalog: Pick<ModelCatalog, 'resolve'>;
  readonly config: Pick<Config, 'enableThinking' | 'modelName'>;
  /** `undefined` when no response is kept. */
  readonly kept?: KeptResponses | undefined;
}

/** POST /v1/messages/count_tokens */
export function countMessageTokens({ catalog, config }: CountTokensDeps) {
  return async (req: Request, res: Response): Promise<void> => {
    const asked = anthropicMessages.parse(req.body, config.enableThinking);
    res.json({ input_tokens: await countInputTokens(asked, catalog, res) });
  };
}

/** POST /v1/responses/input_tokens. OpenAI lets the model be left out. Kept input counts, too. */
export function countResponseTokens({ catalog, config, kept }: CountTokensDeps) {
  return async (req: Request, res: Response): Promise<void> => {
    const body: unknown = req.body;
    const named = isFields(body) ? { ...body, model: body.model ?? config.modelName } : body;
    const deriveSealing = findSealing(getLocals(res).context.caller);
    const recalled = deriveSealing && (await kept?.recall(body, deriveSealing));
    const asked = openaiResponses.parse(named, config.enableThinking, recalled);
    res.json({ object: 'response.input_tokens', input_tokens: await countInputTokens(asked, catalog, res) });
  };
}

async function countInputTokens(
  asked: ClientRequest,
  catalog: CountTokensDeps['catalog'],
  res: Response,
): Promise<number> {
  await catalog.resolve(asked.model);
  const tokens = await countTokens(wordsOf(asked), getLocals(res).context.signal);
  const { messages } = asked;
  return tokens + messages.length * TOKENS_PER_MESSAGE + listImages(messages).length * TOKENS_PER_IMAGE;
}

/** All text of a request that the model reads, without images. */
function wordsOf({ messages, tools }: ClientRequest): string {
  const said = messages.flatMap((message) => [
    getText(message),
    ...(message.role === 'assistant' ? [message.reasoning ?? ''] : []),
    ...(message.role === 'assistant' ? (message.toolCalls ?? []) : []).map(
      (call) => call.name + call.arguments,
    ),
  ]);
  return [...tools.map((tool) => JSON.stringify(tool)), ...said].filter(Boolean).join('\n');
}
