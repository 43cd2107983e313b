// What counts as success: the agent was content, the file is changed, every request went well, tools were used, and
// answers name the model that was asked for.

/** How the pretend model ends once it has got the results of its calls. */
const LAST_WORDS = 'the tools said';

/**
 * @param {import('./agents.d.mts').Agent} agent
 * @param {import('./agents.d.mts').AgentRun} run
 * @param {readonly import('./agents.d.mts').SeenRequest[]} requests
 * @param {readonly import('./agents.d.mts').NamedModels[]} answers
 * @returns {string[]} what is wrong, empty when nothing is
 */
export function problemsOf(agent, run, requests, answers) {
  const failed = requests.filter(({ outcome }) => outcome !== 'ok');
  const renamed = answers.filter(({ asked, named }) => named !== undefined && named !== asked);
  return [
    ...(run.code === 0 ? [] : [`it ended with exit code ${run.code}`]),
    ...(run.text === 'Guten Tag\n' ? [] : [`greeting.txt holds ${JSON.stringify(run.text)}`]),
    ...failed.map(
      ({ method, path, status, outcome, code }) =>
        `${method} ${path} was answered ${status} (${[outcome, code].filter(Boolean).join(', ')})`,
    ),
    ...renamed.map(({ asked, named }) => `a request for ${asked} was answered by the name of ${named}`),
    ...(requests.some(({ path }) => path === agent.path) ? [] : [`nothing was asked of ${agent.path}`]),
    ...(run.output.includes(LAST_WORDS) ? [] : ['it did not show the answer that follows the tool results']),
  ];
}
