import { describeKills } from './durable-kills.js';

// 50 of them are in durable-kills.deep.ts.
describeKills(10);
