import { MemoryTeamStore } from '../../src/store/memory-team.js';
import { teamContract } from './team-contract.js';

describe('A team in memory', () => {
  teamContract(() => new MemoryTeamStore());
});
