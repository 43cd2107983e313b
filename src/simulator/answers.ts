/** The simulated answers: Markdown that says that it is simulated and quotes the question. Always the same for a question. */
import { clip, hashText } from './text.js';
import type { ThinkingDepth } from './thinking.js';

export interface Answer {
  reasoning: string;
  content: string;
}

type Kind = 'greeting' | 'code' | 'general';

const fence = '```';

/** Text that the highest level adds to the usual thinking. */
const LONG_THINKING = {
  english: [
    'But let me look at it again from the beginning, since there is time.',
    '1. What is asked? Either a fact, or an opinion, or something to be made. Each wants another kind of answer.',
    '2. What could go wrong? The words may have a second meaning, and the obvious answer may be the wrong one.',
    '3. Does the plan hold? Going through it step by step: the question comes in, the answer goes out, nothing is lost.',
    'I have now checked the plan twice and found the same both times, so I am as sure as a small program can be.',
    '',
  ],
  chinese: [
    '不过时间充裕，让我从头再看一遍。',
    '1. 用户到底想要什么？可能是一个事实，可能是一种看法，也可能是要写出一段东西，每一种都需要不同的回答。',
    '2. 哪里可能出错？这些词也许还有别的意思，最明显的答案也许恰恰是错的。',
    '3. 计划成立吗？一步一步来看：问题进来，答案出去，中间什么也没有丢。',
    '我已经检查了两遍，结果是一样的，作为一个小程序，这已经是最大的把握了。',
    '',
  ],
};

/** The same question has the same answer. A question with Chinese in it is answered in Chinese. */
export function composeAnswer(question: string, depth: ThinkingDepth = 'high'): Answer {
  const kind = kindOf(question);
  const chinese = /\p{Script=Han}/u.test(question);
  const quote = clip(question, 60) || '…';
  const pick = hashText(question);
  return chinese
    ? { reasoning: chineseThinking(quote, depth), content: chineseAnswer(kind, quote, pick) }
    : { reasoning: englishThinking(quote, depth), content: englishAnswer(kind, quote, pick) };
}

function kindOf(question: string): Kind {
  if (
    /\b(code|function|script|program|regex|bug|python|typescript|javascript)\b|代码|函数|程序|脚本/i.test(
      question,
    )
  ) {
    return 'code';
  }
  return /^\s*(hi|hello|hey|good (morning|evening))\b|^\s*(你好|您好|嗨)/i.test(question)
    ? 'greeting'
    : 'general';
}

function oneOf(choices: string[], pick: number): string {
  return choices[pick % choices.length] ?? '';
}

function englishThinking(quote: string, depth: ThinkingDepth): string {
  if (depth === 'none') return '';
  if (depth === 'low') return 'Simple enough.';
  return [
    `The user asks: "${quote}"`,
    '',
    'A short plan:',
    '    answer = simulate(question)',
    '    return answer',
    '',
    ...(depth === 'max' ? LONG_THINKING.english : []),
    'Good, that is enough thinking 🙂',
  ].join('\n');
}

function englishAnswer(kind: Kind, quote: string, pick: number): string {
  const opening = oneOf(['Happy to help.', 'Good question.', 'Let me see.'], pick);
  const bodies: Record<Kind, string> = {
    greeting: `Hello! 👋 ${oneOf(['Nice to meet you.', 'What shall we do today?'], pick)} You wrote “${quote}”.`,
    code: [
      `${opening} For “${quote}” a first draft could be:`,
      '',
      `${fence}python`,
      'def answer(question: str) -> str:',
      `    return f"simulated: {question}"`,
      fence,
      '',
      'It runs, but it knows nothing.',
    ].join('\n'),
    general: [
      `${opening} About “${quote}”:`,
      '',
      '1. **No model was asked.** These words come from a small program.',
      '2. The *stream* is real: it arrives piece by piece, as from Z.ai.',
      '3. Configure a real upstream to get a real answer. 🚀',
    ].join('\n'),
  };
  return `*Simulated answer* — ${bodies[kind]}\n`;
}

function chineseThinking(quote: string, depth: ThinkingDepth): string {
  if (depth === 'none') return '';
  if (depth === 'low') return '很简单。';
  return [
    `用户的问题是：“${quote}”`,
    '',
    '简单的计划：',
    '    answer = simulate(question)',
    '    return answer',
    '',
    ...(depth === 'max' ? LONG_THINKING.chinese : []),
    '好，可以回答了 🙂',
  ].join('\n');
}

function chineseAnswer(kind: Kind, quote: string, pick: number): string {
  const opening = oneOf(['很高兴为您解答。', '这是个好问题。', '我们来看一看。'], pick);
  const bodies: Record<Kind, string> = {
    greeting: `你好！👋 ${oneOf(['很高兴认识你。', '今天想聊点什么？'], pick)}你写的是“${quote}”。`,
    code: [
      `${opening}关于“${quote}”，可以先这样写：`,
      '',
      `${fence}python`,
      'def answer(question: str) -> str:',
      `    return f"模拟回答：{question}"`,
      fence,
      '',
      '它能运行，但什么也不懂。',
    ].join('\n'),
    general: [
      `${opening}关于“${quote}”：`,
      '',
      '1. **没有调用任何模型**，这些文字来自一个小程序。',
      '2. *流式输出*是真实的，和 Z.ai 一样逐段到达。',
      '3. 配置真正的上游之后，就能得到真正的回答。🚀',
    ].join('\n'),
  };
  return `*模拟回答 (Simulated answer)* — ${bodies[kind]}\n`;
}
