/** A completion request as an OpenAI-compatible upstream wants it; `undefined` members vanish in JSON. */
import type { CompletionRequest, Message } from '../../completion/request.js';
import type { Flavour } from './flavour.js';

export function openaiRequestBody(request: CompletionRequest, flavour: Flavour): object {
  return {
    model: request.model.id,
    messages: request.messages.filter(saysSomething),
    stream: true,
    stream_options: { include_usage: true },
    max_tokens: request.sampling.maxTokens,
    response_format: request.responseFormat === 'text' ? undefined : { type: request.responseFormat },
    ...(flavour === 'zai' ? zaiFields(request) : selfHostedFields(request)),
  };
}

/** Z.ai takes 0…1 for temperature, 0.01…1 for top_p, one stop text (the gateway honours the rest), no penalties. */
function zaiFields({ sampling, stop, thinking, user }: CompletionRequest): object {
  const { temperature, topP } = sampling;
  return {
    thinking: { type: thinking ? 'enabled' : 'disabled' },
    temperature: temperature === undefined ? undefined : Math.min(temperature, 1),
    top_p: topP === undefined ? undefined : Math.min(Math.max(topP, 0.01), 1),
    stop: stop.length === 1 ? stop : undefined,
    user_id: user !== undefined && user.length >= 6 && user.length <= 128 ? user : undefined,
  };
}

function selfHostedFields({ sampling, stop, thinking, user }: CompletionRequest): object {
  return {
    chat_template_kwargs: { enable_thinking: thinking },
    temperature: sampling.temperature,
    top_p: sampling.topP,
    top_k: sampling.topK,
    min_p: sampling.minP,
    seed: sampling.seed,
    presence_penalty: sampling.presencePenalty,
    frequency_penalty: sampling.frequencyPenalty,
    repetition_penalty: sampling.repetitionPenalty,
    logit_bias: sampling.logitBias,
    stop: stop.length > 0 ? stop : undefined,
    user,
  };
}

/** An answer that was stopped before its first word comes back as an empty message, which Z.ai refuses. */
function saysSomething(message: Message): boolean {
  return message.role === 'user' || message.content !== '';
}
