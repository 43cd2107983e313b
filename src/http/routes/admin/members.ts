/** /admin/members: who belongs to the team. */
import type { Request, Response } from 'express';
import type { z } from 'zod';
import { MemberChange, NewMember, parseAdminBody } from '../../../protocol/admin/bodies.js';
import { parseBudgets } from '../../../protocol/admin/budgets.js';
import type { MemberFields } from '../../../team/core/changes.js';
import type { TeamAdmin } from '../../../team/team-admin.js';
import { NotFoundError } from '../../../vocabulary/errors.js';
import { getActor } from './actor.js';
import { showMember } from './show.js';

export function listMembers(admin: TeamAdmin) {
  return async (_req: Request, res: Response): Promise<void> => {
    const { members, keys } = await admin.read();
    const all = [...keys.values()];
    res.json({ data: [...members.values()].sort(byId).map((member) => showMember(member, all)) });
  };
}

export function addMember(admin: TeamAdmin) {
  return async (req: Request, res: Response): Promise<void> => {
    const { id, ...fields } = parseAdminBody(NewMember, req.body);
    const member = await admin.addMember(getActor(res), id, toFields(fields));
    res.status(201).json(showMember(member, []));
  };
}

export function getMember(admin: TeamAdmin) {
  return async (req: Request, res: Response): Promise<void> => {
    const id = String(req.params.id);
    const { members, keys } = await admin.read();
    const member = members.get(id);
    if (member === undefined)
      throw new NotFoundError(`There is no member ${id}.`, { code: 'member_not_found' });
    res.json(showMember(member, [...keys.values()]));
  };
}

export function changeMember(admin: TeamAdmin) {
  return async (req: Request, res: Response): Promise<void> => {
    const fields = toFields(parseAdminBody(MemberChange, req.body));
    const member = await admin.updateMember(getActor(res), String(req.params.id), fields);
    const { keys } = await admin.read();
    res.json(showMember(member, [...keys.values()]));
  };
}

export function removeMember(admin: TeamAdmin) {
  return async (req: Request, res: Response): Promise<void> => {
    const id = String(req.params.id);
    await admin.removeMember(getActor(res), id);
    res.json({ id, deleted: true });
  };
}

function toFields({
  requests_per_minute,
  tokens_per_minute,
  max_in_flight,
  budgets,
  keep_responses,
  ...fields
}: z.output<typeof MemberChange>): MemberFields {
  return {
    ...fields,
    requestsPerMinute: requests_per_minute,
    tokensPerMinute: tokens_per_minute,
    maxInFlight: max_in_flight,
    budgets: parseBudgets(budgets),
    keepsResponses: keep_responses,
  };
}

function byId(one: { readonly id: string }, other: { readonly id: string }): number {
  return one.id < other.id ? -1 : 1;
}
