/** Which models a caller may use. Keys of the environment may use all. */
import { PermissionDeniedError } from '../vocabulary/errors.js';
import type { Caller } from './request-context.js';

type CallerOfRights = Pick<Caller, 'managed'> | undefined;

export function mayUseModel(caller: CallerOfRights, model: string): boolean {
  return caller?.managed?.rights.forbids(model) === undefined;
}

/** @throws PermissionDeniedError that names what forbids the model: the key, or its member */
export function requireModel(caller: CallerOfRights, model: string): void {
  const rights = caller?.managed?.rights;
  const scope = rights?.forbids(model);
  if (rights === undefined || scope === undefined) return;
  const globs = rights.models.find((list) => list.scope === scope)?.globs ?? [];
  const owner = scope === 'key' ? 'This key' : `The member ${caller?.managed?.member.id}`;
  throw new PermissionDeniedError(
    `${owner} may not use the model ${model}. Allowed: ${globs.join(', ') || 'none'}.`,
    { code: 'model_not_allowed', param: 'model' },
  );
}
