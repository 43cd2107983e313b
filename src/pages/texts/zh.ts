/** 页面的中文文案。 */
import type { en } from './en.js';
import { docs } from './zh-docs.js';
import { me } from './zh-me.js';
import { playground } from './zh-playground.js';

export const zh: typeof en = {
  shell: {
    skip: '跳到正文',
    navigation: '页面导航',
    home: '首页',
    docs: '文档',
    playground: '试一试',
    dashboard: '仪表盘',
    language: '语言',
    demo: '演示模式：这里的回答都是模拟的，没有调用任何模型。',
    demoBadge: '演示',
    tagline: '用 OpenAI API 调用 Z.ai 的 GLM 模型',
    unofficial: '非官方项目，与 Z.ai 无关，也未获其认可或支持。',
    version: '版本',
    copy: '复制',
    copied: '已复制',
    notCopied: '请按 Ctrl+C',
  },
  home: {
    title: 'ZtoApi',
    lead: '在任何支持 OpenAI 或 Anthropic 接口的应用、SDK 或编程智能体里使用 Z.ai 的 GLM 模型：填上下面的地址和你在本网关的密钥即可。',
    baseUrl: '接口地址（Base URL）',
    model: '默认模型',
    key: '密钥',
    yourKey: '管理员发给你的那一个',
    demoKey: '演示用密钥',
    tryIt: '马上试试',
    tryItNote: '把 YOUR_KEY 换成你的密钥，然后粘贴到终端：',
    tryItDemo: '粘贴到终端即可：',
    next: '接下来',
    docsCard: 'curl、Python、JavaScript 和多种应用的现成示例，以及所有字段、错误和限额的说明。',
    playgroundCard: '在浏览器里直接向模型提问，看回答和思考过程逐字出现。',
    dashboardCard: '网关的运行情况：请求量、延迟、错误、密钥与副本。',
    machines: '供程序使用',
    models: '模型列表（JSON）',
    openapi: 'OpenAPI 3.1 文档',
    health: '存活检查',
    readiness: '就绪检查',
  },
  join: {
    title: '你的密钥',
    lead: '你被邀请使用本网关。点击按钮生成密钥：只能生成一次，密钥也只显示一次。',
    button: '生成我的密钥',
    key: '密钥',
    keep: '请立即保存：网关只保存其散列。丢失后请索取新的邀请。',
    baseUrl: 'Base URL',
    next: '配置你的应用和智能体',
    script: {
      noToken: '地址不完整：请打开收到的完整链接。',
      used: '该邀请已被使用或已过期，请索取新的邀请。',
      limited: '尝试次数过多，请一分钟后再试。',
      failed: '没有成功。请重试；如果再次失败，请索取新的邀请。',
    },
  },
  me,
  notFound: {
    title: '没有这个页面',
    text: '请检查网址是否有误。API 位于 /v1 之下，其他页面见上方导航。',
    back: '返回首页',
  },
  docs,
  playground,
};
