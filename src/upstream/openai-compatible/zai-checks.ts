/** What Z.ai's API would refuse with a code that tells nobody what to do. Of self-hosted models nothing is known here. */
import { type CompletionRequest, imagesOf } from '../../completion/request.js';
import { BadRequestError } from '../../errors.js';
import { readsTextOnly, VISION_MODELS } from '../models.js';

const MOST_TOOLS = 128;

/** Throws a BadRequestError that names the field at fault. */
export function checkForZai({ messages, model, tools }: CompletionRequest): void {
  if (tools.length > MOST_TOOLS) {
    throw new BadRequestError(`tools: Z.ai takes up to ${MOST_TOOLS} tools; these are ${tools.length}.`, {
      code: 'invalid_value',
      param: 'tools',
    });
  }
  const [image] = imagesOf(messages);
  if (image !== undefined && readsTextOnly(model.id)) {
    const { param } = image;
    throw new BadRequestError(
      `${param}: ${model.name} reads text only; images need a vision model: ${VISION_MODELS.join(', ')}.`,
      { code: 'unsupported_content', param },
    );
  }
}
