/** What is counted for the requests of a managed key: its own budgets and limits, and those of its member. Pure. */
import { type Allowance, joinAllowances, type Meters } from '../../budgets/core/meters.js';
import type { Key, Member } from './entities.js';

type Limited = Partial<Pick<Key, 'budgets' | 'tokensPerMinute' | 'maxInFlight'>>;
type LimitedKey = Limited & Pick<Key, 'id' | 'name'>;
type LimitedMember = Limited & Pick<Member, 'id' | 'createdAt'>;

/** @returns undefined if nothing is limited but requests per minute */
export function deriveMeters(key: LimitedKey, member: LimitedMember): Meters | undefined {
  return joinAllowances(`member:${member.id}`, [
    toAllowance('key', `key ${key.id}`, `${member.id}/${key.name}`, key),
    memberAllowance(member),
  ]);
}

/** As `deriveMeters`, of a member without regard to keys. */
export function deriveMemberMeters(member: LimitedMember): Meters | undefined {
  return joinAllowances(`member:${member.id}`, [memberAllowance(member)]);
}

/** Another member of the same id inherits nothing. */
function memberAllowance(member: LimitedMember): Allowance {
  return toAllowance('member', `member ${member.createdAt}`, member.id, member);
}

function toAllowance(
  scope: Allowance['scope'],
  name: string,
  label: string,
  { budgets = [], tokensPerMinute, maxInFlight }: Limited,
): Allowance {
  return { scope, name, label, budgets, tokensPerMinute, maxInFlight };
}
