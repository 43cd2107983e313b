/** /admin/keys: managed keys, and the names of those of the environment. */
import type { Request, Response } from 'express';
import type { z } from 'zod';
import type { Config } from '../../../config/config.js';
import { PUBLIC_KEY_NAME } from '../../../config/cross-checks.js';
import {
  KeyChange,
  KeyImport,
  NewKey,
  parseAdminBody,
  parseExpiry,
  Rotation,
} from '../../../protocol/admin/bodies.js';
import { parseBudgets } from '../../../protocol/admin/budgets.js';
import type { KeyFields } from '../../../team/core/changes.js';
import type { TeamAdmin } from '../../../team/team-admin.js';
import { NotFoundError } from '../../../vocabulary/errors.js';
import { getActor } from './actor.js';
import { showEnvironmentKey, showKey } from './show.js';

/** Keys of the environment that are accepted now. */
export type EnvironmentKeys = () => Pick<Config, 'publicKey' | 'namedKeys'>;

export function listKeys(admin: TeamAdmin, environment: EnvironmentKeys) {
  return async (_req: Request, res: Response): Promise<void> => {
    const { keys } = await admin.read();
    const { publicKey, namedKeys } = environment();
    const names = [
      ...(publicKey === undefined ? [] : [PUBLIC_KEY_NAME]),
      ...namedKeys.map(({ name }) => name),
    ];
    const managed = [...keys.values()].sort((one, other) => (one.name < other.name ? -1 : 1));
    res.json({ data: [...names.map(showEnvironmentKey), ...managed.map(showKey)] });
  };
}

export function addKey(admin: TeamAdmin) {
  return async (req: Request, res: Response): Promise<void> => {
    const { member, name, ...fields } = parseAdminBody(NewKey, req.body);
    const { key, text } = await admin.addKey(getActor(res), { member, name, ...toFields(fields) });
    res.status(201).json({ ...showKey(key), key: text });
  };
}

export function getKey(admin: TeamAdmin) {
  return async (req: Request, res: Response): Promise<void> => {
    const id = String(req.params.id);
    const key = (await admin.read()).keys.get(id);
    if (key === undefined) throw new NotFoundError(`There is no key ${id}.`, { code: 'key_not_found' });
    res.json(showKey(key));
  };
}

export function changeKey(admin: TeamAdmin) {
  return async (req: Request, res: Response): Promise<void> => {
    const fields = toFields(parseAdminBody(KeyChange, req.body));
    res.json(showKey(await admin.updateKey(getActor(res), String(req.params.id), fields)));
  };
}

export function removeKey(admin: TeamAdmin) {
  return async (req: Request, res: Response): Promise<void> => {
    const id = String(req.params.id);
    await admin.removeKey(getActor(res), id);
    res.json({ id, deleted: true });
  };
}

export function rotateKey(admin: TeamAdmin) {
  return async (req: Request, res: Response): Promise<void> => {
    const { grace_seconds: seconds = 0 } = parseAdminBody(Rotation, req.body);
    const { key, text } = await admin.rotateKey(getActor(res), String(req.params.id), seconds * 1000);
    res.json({ ...showKey(key), key: text });
  };
}

export function importKeys(admin: TeamAdmin) {
  return async (req: Request, res: Response): Promise<void> => {
    const { keys } = parseAdminBody(KeyImport, req.body);
    const given = keys.map(({ name, key, requests_per_minute }) => ({
      name,
      key,
      requestsPerMinute: requests_per_minute ?? undefined,
    }));
    const imported = await admin.importKeys(getActor(res), given);
    const unchanged = given.map(({ name }) => name).filter((name) => !imported.includes(name));
    res.json({ imported, unchanged });
  };
}

function toFields({
  requests_per_minute,
  tokens_per_minute,
  max_in_flight,
  budgets,
  keep_responses,
  expires_at,
  expires_days,
  ...fields
}: z.output<typeof KeyChange>): KeyFields {
  return {
    ...fields,
    requestsPerMinute: requests_per_minute,
    tokensPerMinute: tokens_per_minute,
    maxInFlight: max_in_flight,
    budgets: parseBudgets(budgets),
    keepsResponses: keep_responses,
    expiresAt: parseExpiry(expires_at, Date.now()),
    expiresDays: expires_days,
  };
}
