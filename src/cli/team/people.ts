/** The simulated colleagues: how much they use the gateway, and what they ask. */

export interface Colleague {
  readonly name: string;
  /** Requests on a working day. */
  readonly perDay: number;
  /** Pause between two requests of the live demo, in milliseconds; about so long. */
  readonly pauseMs: number;
  readonly userAgent: string;
}

const colleague = (name: string, perDay: number, pauseMs: number, userAgent: string): Colleague => ({
  name,
  perDay,
  pauseMs,
  userAgent,
});

export const COLLEAGUES: readonly Colleague[] = [
  colleague('ada', 42, 9_000, 'OpenAI/Python 2.8.0'),
  colleague('boris', 30, 12_000, 'qwen-code/0.3.1'),
  colleague('chen', 55, 8_000, 'claude-cli/2.1.0'),
  colleague('dora', 12, 20_000, 'OpenAI/JS 6.9.0'),
  colleague('emil', 25, 14_000, 'Anthropic/Python 0.75.0'),
  colleague('fatma', 18, 16_000, 'cherry-studio/1.7.0'),
  colleague('grace', 38, 10_000, 'codex_cli_rs/0.60.0'),
  colleague('hugo', 8, 25_000, 'OpenAI/Python 2.8.0'),
  colleague('ines', 22, 15_000, 'ai-sdk/openai-compatible'),
  colleague('jun', 33, 11_000, 'opencode/1.0.0'),
  colleague('kofi', 15, 18_000, 'langchain-openai/1.0'),
];

/** The twelfth: a script that asks for many answers at once. */
export const FLOODER = colleague('nightly-ci', 60, 0, 'python-httpx/0.28');

export const EVERYBODY: readonly Colleague[] = [...COLLEAGUES, FLOODER];

export const QUESTIONS = [
  'Why does this test fail only on Fridays?',
  'Write a function that merges two sorted lists.',
  '这段代码为什么会死锁？',
  'Explain the difference between a lease and a lock.',
  'Summarize the release notes in three sentences.',
  'Suggest names for a branch that fixes a typo.',
] as const;

/** The gateway's key of a colleague. */
export function keyOf({ name }: Pick<Colleague, 'name'>): string {
  return `simulated-${name}`;
}
