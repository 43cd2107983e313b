// Success means: the agent exits with 0, the file is changed, every request succeeded, tools were used, and answers name
// the requested model.

/** How the simulated model ends after the results of its calls. */
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
