import { describeKills } from './durable-kills.js';

describeKills(50);
