/** 文档页的中文文案，接口本身的说明在 OpenAPI 文档里。 */
import type { docs as en } from './en-docs.js';

export const docs: typeof en = {
  title: '文档',
  contents: '本页目录',
  lead: '凡是能接 OpenAI 或 Anthropic 的程序都能接本网关：填上接口地址和密钥即可。示例里已经填好了这台服务器的地址。',
  document: 'OpenAPI 3.1 文档',
  start: {
    title: '第一个请求',
    text: '接口地址是 `{baseUrl}`。密钥放在 `Authorization: Bearer KEY` 或 `x-api-key: KEY` 里，用的是本网关的密钥，而不是 Z.ai 的。',
    demoKey: '本演示的密钥是 `{key}`。',
    replaceKey: '请把 `YOUR_KEY` 换成你的密钥。',
  },
  apps: {
    title: '应用、编程智能体与开发库',
    text: '能填写接口地址和密钥的程序都无需改动。各软件的菜单名称偶有变化，要填的值不变。',
    shell: '在终端里',
  },
  models: {
    title: '模型',
    text: '`model` 可填的名字，不分大小写，第一个是默认模型。程序可用 `GET /v1/models` 获取列表。',
    unknown: '暂时无法向上游查询模型列表，原因见 `GET /v1/models`。',
  },
  thinking: {
    title: '思考',
    texts: [
      '请求里写 `"enable_thinking": true`、`"thinking": {"type": "enabled"}`、`"reasoning_effort": "high"` 或 `"chat_template_kwargs": {"enable_thinking": true}` 中的任意一个即可开启。都不写时由网关的配置决定。',
      '思考过程放在与 `content` 并列的 `reasoning_content` 里，除非网关配置为并入回答或隐藏。之后的请求里带不带回它都可以。',
    ],
  },
  streaming: {
    title: '流式返回',
    texts: [
      '`"stream": true` 时回答为 `text/event-stream`：每行 `data:` 一个数据块，最后是 `data: [DONE]`。收到上游的第一个事件即开始，最迟十秒。',
      '模型沉默期间，每 15 秒发送一行注释 `: keep-alive`，以免中间的代理误以为连接已断。SDK 会忽略注释。',
      '第一个数据块之前出错，返回真实的 HTTP 状态码；之后出错，流中会出现 `data: {"error": …}`，再以 `data: [DONE]` 结束，且没有 `finish_reason`。没有 `finish_reason` 的回答就是不完整的。',
      '客户端断开后，上游的生成会立即停止。',
    ],
  },
  endpoints: {
    title: '接口',
    key: '需要密钥',
    password: '需要仪表盘密码',
    admin: '需要管理员密码',
    session: '需要会话',
    open: '无需密钥',
    fields: '请求字段',
    required: '必填',
    example: '示例',
    answer: '返回内容',
    stream: '流式',
    handlingTitle: '每个字段如何处理',
    handlingText: '取决于网关接的是哪种上游：Z.ai 官方 API（及 BigModel）、自建 GLM，或网页版。',
    upstreams: { zai: 'Z.ai API', 'self-hosted': '自建', web: '网页版' },
    handling: {
      forwarded: '原样转发',
      translated: '转换后转发',
      gateway: '网关处理',
      ignored: '无效果',
      refused: '拒绝',
    },
    handlingMeaning: {
      forwarded: '原样交给上游',
      translated: '换成上游的写法再转发',
      gateway: '由网关自己完成，与上游是否支持无关',
      ignored: '接受，但在该上游没有效果',
      refused: '返回指明字段的 400，除非取值等同于不写',
    },
  },
  errors: {
    title: '错误',
    text: '采用 OpenAI 的格式（`/v1/messages` 为 Anthropic 的格式），错误信息会说明该怎么办。每个响应都带 `x-request-id`，与网关日志一致。',
    retry:
      '值得重试的有：429 `rate_limit_exceeded` 和 `upstream_busy`、502、503、504；如有 `Retry-After` 请等待相应时间。在回答的第一个字之前，网关自己也会把失败的调用重试两次。',
  },
  limits: {
    title: '限额',
    text: '按每分钟请求数计算，所有副本合并计数。',
    who: '对象',
    limit: '每分钟请求数',
    none: '不限',
    publicAddress: '公共密钥，单个地址',
    publicTotal: '公共密钥，全部调用者合计',
    all: '全部密钥合计',
    named: '其他每个密钥（单独设置的除外）',
    wrongKeys: '同一地址的错误密钥',
    headers:
      '每个响应都会说明当前余量：`x-ratelimit-limit-requests`、`x-ratelimit-remaining-requests`、`x-ratelimit-reset-requests`，以及 IETF 草案的 `RateLimit`。超限时返回 429 和 `Retry-After`。',
  },
};
