/** Example buttons of the demo's playground: a question, and one failure of each class by an instruction for the simulator. */
import type { UpstreamProtocol } from '../config/config.js';
import type { Texts } from './page.js';

type ExampleTexts = Texts['playground']['examples'];
type ExampleName = keyof ExampleTexts['names'];

export interface PlaygroundExample {
  label: string;
  message: string;
}

/** Instructions for the simulator by upstream. An upstream without an entry cannot show this failure. */
const EXAMPLES: readonly ({ name: ExampleName } & Partial<Record<UpstreamProtocol, string>>)[] = [
  { name: 'answer', openai: '', 'zai-web': '' },
  { name: 'busy', openai: 'sim:code=1303', 'zai-web': 'sim:status=429-concurrency' },
  { name: 'overloaded', openai: 'sim:code=1305 sim:status=529', 'zai-web': 'sim:status=503' },
  { name: 'quota', openai: 'sim:code=1308' },
  { name: 'tooLong', openai: 'sim:code=1261' },
  { name: 'filtered', openai: 'sim:code=1301' },
  { name: 'credential', openai: 'sim:status=401' },
  { name: 'refused', 'zai-web': 'sim:captcha' },
  { name: 'truncated', openai: 'sim:truncate sim:after=20', 'zai-web': 'sim:truncate sim:after=20' },
  { name: 'broken', openai: 'sim:error-mid=1234 sim:after=20', 'zai-web': 'sim:error-mid sim:after=20' },
];

export function examplesFor(upstream: UpstreamProtocol, texts: ExampleTexts): PlaygroundExample[] {
  return EXAMPLES.flatMap(({ name, [upstream]: words }) => {
    if (words === undefined) return [];
    const label = texts.names[name];
    return [{ label, message: words === '' ? texts.question : `${texts.question} ${words}` }];
  });
}
