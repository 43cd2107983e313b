/** The texts of the pages in English. `zh.ts` has the same type. */
import { docs } from './en-docs.js';
import { me } from './en-me.js';
import { playground } from './en-playground.js';

export const en = {
  shell: {
    skip: 'Skip to content',
    navigation: 'Pages',
    home: 'Home',
    docs: 'Docs',
    playground: 'Playground',
    dashboard: 'Dashboard',
    language: 'Language',
    demo: 'Demo: answers are simulated, no model is used.',
    demoBadge: 'Demo',
    tagline: 'Z.ai’s GLM models behind the OpenAI API',
    unofficial: 'Unofficial: not made, endorsed or supported by Z.ai.',
    version: 'Version',
    copy: 'Copy',
    copied: 'Copied',
    notCopied: 'Press Ctrl+C',
  },
  home: {
    title: 'ZtoApi',
    lead: 'Use Z.ai’s GLM models from any app, SDK or coding agent that speaks the OpenAI or Anthropic API. Enter the base URL below and your key for this gateway.',
    baseUrl: 'Base URL',
    model: 'Default model',
    key: 'Key',
    yourKey: 'the key you were given',
    demoKey: 'the demo key',
    tryIt: 'Try it',
    tryItNote: 'Replace YOUR_KEY with your key, then paste this into a terminal:',
    tryItDemo: 'Paste this into a terminal:',
    next: 'Next steps',
    docsCard: 'Examples for curl, Python, JavaScript and many apps; all fields, errors and limits.',
    playgroundCard: 'Ask a model in the browser and watch its thinking and answer stream in.',
    dashboardCard: 'Requests, latency, errors, keys and replicas of this gateway.',
    machines: 'For programs',
    models: 'Models as JSON',
    openapi: 'OpenAPI 3.1 document',
    health: 'Health',
    readiness: 'Readiness',
  },
  join: {
    title: 'Your key',
    lead: 'You were invited to this gateway. The button makes your key; it works once, and the key is shown once.',
    button: 'Make my key',
    key: 'Key',
    keep: 'Keep it now: the gateway stores only a digest. If it is lost, ask for a new invite.',
    baseUrl: 'Base URL',
    opened:
      'Both open in a tab of their own, without asking for the key. That ends after eight hours, or when you log out of My page.',
    tryIt: 'Try it in a terminal',
    tryItNote: 'Paste this into a terminal. The answer streams in.',
    apps: 'Set up your apps and agents',
    appsNote:
      'Your key and this gateway’s address are filled in. They stay on this page until you close it; `/docs` has the same without your key.',
    script: {
      noToken: 'This address is not complete: open the whole link that you were given.',
      used: 'This invite was used already or has expired. Ask for a new one.',
      limited: 'Too many attempts. Try again in a minute.',
      failed: 'That did not work. Try again; if it happens again, ask for a new invite.',
    },
  },
  me,
  notFound: {
    title: 'Page not found',
    text: 'Check the address. The API is under /v1; the pages are in the navigation above.',
    back: 'Home',
  },
  docs,
  playground,
};
