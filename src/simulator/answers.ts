/** The simulated texts: pleasant Markdown that says what it is, quotes the question, and never changes. */
import { clip, textNumber } from './text.js';

export interface Answer {
  reasoning: string;
  content: string;
}

type Kind = 'greeting' | 'code' | 'general';

const fence = '```';

/** The same question has the same answer. A question with Chinese in it is answered in Chinese. */
export function answerTo(question: string): Answer {
  const kind = kindOf(question);
  const chinese = /\p{Script=Han}/u.test(question);
  const quote = clip(question, 60) || '…';
  const pick = textNumber(question);
  return chinese
    ? { reasoning: chineseThinking(quote), content: chineseAnswer(kind, quote, pick) }
    : { reasoning: englishThinking(quote), content: englishAnswer(kind, quote, pick) };
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

function englishThinking(quote: string): string {
  return [
    `The user asks: "${quote}"`,
    '',
    'A short plan:',
    '    answer = simulate(question)',
    '    return answer',
    '',
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

function chineseThinking(quote: string): string {
  return [
    `用户的问题是：“${quote}”`,
    '',
    '简单的计划：',
    '    answer = simulate(question)',
    '    return answer',
    '',
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
