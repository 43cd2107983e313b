/** What Z.ai's API would refuse with a code that tells nobody what to do. */
import type { CompletionRequest } from '../../completion/request.js';
import { BadRequestError } from '../../vocabulary/errors.js';
import { VISION_MODELS } from '../models.js';
import { forTextModel } from '../text-models.js';

const MAX_TOOLS = 128;

/** The request as its model can read it. Throws a BadRequestError that names the field at fault. */
export function checkForZai(request: CompletionRequest): CompletionRequest {
  const { tools } = request;
  if (tools.length > MAX_TOOLS) {
    throw new BadRequestError(`tools: Z.ai takes up to ${MAX_TOOLS} tools; these are ${tools.length}.`, {
      code: 'invalid_value',
      param: 'tools',
    });
  }
  return forTextModel(request, `images need a vision model: ${VISION_MODELS.join(', ')}`);
}
