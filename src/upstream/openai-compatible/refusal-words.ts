/** Patterns for messages that call a field unknown; messages about a field's value do not count. */

const QUOTES = '[`\'"“”‘’]';
const NAME = `${QUOTES}?\\$?[A-Za-z_][\\w$.\\[\\]-]{0,100}${QUOTES}?`;
const NAMES = `(${NAME}(?:\\s*(?:,|and|&)\\s*${NAME}){0,15})`;
const NOUN =
  '(?:param(?:eter)?|field|argument|arg|propert(?:y|ies)|key|name|option|input|attribute|member)(?:s?(?![\\w.])|\\(s\\))';
const UNKNOWN = '(?:unknown|unrecogni[sz]ed|unsupported|unexpected|unpermitted|extraneous|extra|additional)';
const NOT =
  '(?:(?:is|are|was|were)\\s+)?(?:currently\\s+|yet\\s+)?' +
  `(?:(?:not|n[o'’]t)\\s+(?:yet\\s+|currently\\s+)?(?:supported|permitted|allowed|accepted|recogni[sz]ed|known|available|an?\\s+valid\\s+${NOUN})|` +
  'unsupported|unknown|unrecogni[sz]ed|unexpected|unavailable|forbidden|extraneous)\\b';
/** Names may also stand behind a colon, a little further on: "… not supported on this model: thinking". */
const COLON = '[^:\\n]{0,60}:\\s*[\\[({]*\\s*';

/** Each has the names as its first group. */
const UNKNOWN_FIELD = [
  // Unknown parameter: 'x' · Unrecognized request arguments supplied: x, y · unexpected keyword argument 'x'
  `${UNKNOWN}\\s+(?:JSON\\s+|request\\s+|body\\s+|keyword\\s+|top-level\\s+)*${NOUN}\\s*[[({]*\\s*${NAMES}`,
  `${UNKNOWN}\\s+(?:JSON\\s+|request\\s+|body\\s+|keyword\\s+|top-level\\s+)*${NOUN}${COLON}${NAMES}`,
  // Additional properties are not allowed ('x' was unexpected) · Extra inputs are not permitted, field: 'x'
  `${NOUN}\\s+${NOT}${COLON}${NAMES}`,
  // x: Extra inputs are not permitted · x: unknown field
  `(${NAME})\\s*:\\s*(?:extra\\s+(?:inputs?|fields?)\\s+(?:are\\s+)?not\\s+(?:permitted|allowed)|${UNKNOWN}\\s+${NOUN})`,
  // does not support parameters: ['x']
  `(?:not|n[o'’]t)\\s+(?:support|accept|allow|recogni[sz]e)\\s+(?:the\\s+|this\\s+)?(?:request\\s+)?${NOUN}\\s*:?\\s*[\\[({]*\\s*${NAMES}`,
  // x param requires --jinja flag
  `(${NAME})\\s+param(?:eter)?\\s+requires\\s+-`,
  `(?:不支持|未知|无法识别|多余)的?(?:请求)?(?:参数|字段|属性)\\s*[:：]?\\s*${NAMES}`,
  `(${NAME})\\s*(?:参数|字段|属性)?\\s*(?:暂?不支持|不被支持|未知|不允许)`,
].map((pattern) => new RegExp(pattern, 'gi'));

/** Said of a field or of its value; which of them, the words around it tell. */
const UNSUPPORTED = [
  // property 'x' is unsupported · 'x' is not supported with this model
  `${NAMES}\\s+(?:${NOUN}\\s+)?${NOT}`,
  // this model does not support x
  `(?:not|n[o'’]t)\\s+(?:support|accept|allow)\\s+(${NAME})(?=\\s*(?:[.,;!)\\n]|$|(?:with|for|on|in|by|at|when|while|together|and|yet|currently)\\b))`,
].map((pattern) => new RegExp(pattern, 'gi'));

const VALUE_BEFORE = /(?:\b(?:value|level|mode|setting|choice)s?\b|[取的]?值)[^\n.;]{0,40}$/i;
const VALUE_AFTER =
  /^[^\n.;]{0,40}(?:must be|should be|one of|(?:supported|allowed|accepted|valid|possible) (?:values?|options)|取值)/i;

/** The names of all fields that the text calls unknown or unsupported, as it writes them. */
export function findUnknownFields(text: string): string[] {
  return [
    ...UNKNOWN_FIELD.flatMap((pattern) => findNames(text, pattern)),
    ...UNSUPPORTED.flatMap((pattern) => findNames(text, pattern, isAboutValue)),
  ];
}

function findNames(text: string, pattern: RegExp, isOther?: (before: string, after: string) => boolean) {
  return [...text.matchAll(pattern)].flatMap((match) => {
    const before = text.slice(Math.max(0, match.index - 80), match.index);
    if (isOther?.(before, text.slice(match.index + match[0].length))) return [];
    return (match[1] ?? '').split(/\s*(?:,|&|\band\b)\s*/);
  });
}

function isAboutValue(before: string, after: string): boolean {
  return VALUE_BEFORE.test(before) || VALUE_AFTER.test(after);
}

/** The server has no `json_schema` at all, whatever the schema. */
export const LACKS_JSON_SCHEMA = [
  /response[ _]format['"`]?[.\s]*types?\b[^\n]{0,60}(?:unavailable|not supported|unsupported|must be|one of)/i,
  /json_schema['"`]*\s+(?:is|are)?\s*(?:currently |yet )?(?:not (?:yet )?(?:supported|available|allowed)|unsupported|unavailable)/i,
  /not support (?:the )?(?:response[ _]format|type)?[\s:=]*(?:type[\s:=]*)?['"`]*json_schema/i,
  /invalid value: ['"`]?json_schema|(?:tag|value|type) ['"`]?json_schema['"`]? [^\n]{0,80}(?:not|expected)/i,
  /(?:should|must) be [^\n]{0,30}json_object['"`]?(?![^\n]{0,40}json_schema)/i,
  /only\s+[^\n]{0,40}json_object[^\n]{0,30}(?:supported|allowed)|only supports?\s+[^\n]{0,40}json_object/i,
];

/** The server does not know `required`, whatever the tools. */
export const LACKS_REQUIRED_TOOLS = [
  /tool[ _]?choice[^\n]{0,30}['"`]?required['"`]?\s*(?:is|are)?\s*(?:not (?:yet )?(?:supported|available|allowed)|unsupported)/i,
  /['"`]?required['"`]?\s+(?:is|are)\s+(?:not supported|unsupported)[^\n]{0,30}tool[ _]?choice/i,
  /not support (?:the )?tool[ _]?choice[\s:=]*['"`]*required/i,
  /tool[ _]?choice['"`]*\s+(?:must|should|can|may)\s+(?:only\s+)?(?:either\s+)?be\b(?![^\n]{0,60}\b(?:required|any)\b)/i,
  /only\s+[^\n]{0,20}\bauto\b[^\n]{0,40}tool[ _]?choice|tool[ _]?choice[^\n]{0,30}only\s+[^\n]{0,20}\bauto\b/i,
];

/** The field is refused beside something else in the request: that says nothing of other requests. */
export const CONDITIONAL =
  /\b(?:(?:when|while|if|unless)\s+(?:using|used|combined|set|both|tools?|functions?|stream\w*|thinking|reasoning|[`'"]\w+)|together|combin\w+|simultaneous\w*|alongside|in (?:thinking|reasoning|streaming|non-\w+)|(?:with|without|thinking|reasoning) (?:mode|tools?|functions?|streaming|thinking|reasoning|json|response[ _]format|structured))\b|同时|模式下/i;
