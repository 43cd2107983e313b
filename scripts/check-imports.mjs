// Checks that imports point one way: `node scripts/check-imports.mjs [FOLDER]`. The rules are in .dependency-cruiser.cjs.
import { readdirSync } from 'node:fs';
import { createRequire } from 'node:module';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { cruise } from 'dependency-cruiser';

const root = process.argv[2] ?? path.dirname(path.dirname(fileURLToPath(import.meta.url)));
const { forbidden, options } = createRequire(import.meta.url)(path.join(root, '.dependency-cruiser.cjs'));

const problems = await checkImports();
for (const problem of problems) console.error(problem);
process.exitCode = problems.length === 0 ? 0 : 1;

/**
 * Without its parser for TypeScript the tool reads no module and finds nothing wrong, so their number is checked first.
 *
 * @returns {Promise<string[]>} what is wrong, one line each
 */
async function checkImports() {
  const ruleSet = { validate: true, ruleSet: { forbidden }, baseDir: root, ...options };
  const { output } = await cruise(['src'], ruleSet);
  const { modules, summary } = /** @type {import('dependency-cruiser').ICruiseResult} */ (output);
  const read = modules.filter(({ source, dependencies }) => source.startsWith('src/') && dependencies);
  const there = readdirSync(path.join(root, 'src'), { recursive: true, encoding: 'utf8' });
  const modulesThere = there.filter((name) => name.endsWith('.ts') && !name.endsWith('.d.ts'));
  if (read.length !== modulesThere.length)
    return [`dependency-cruiser has read ${read.length} of the ${modulesThere.length} modules in src/`];
  return summary.violations.map(
    ({ rule, from, to }) => `${rule.name}: ${from} → ${to}. ${explain(rule.name)}`,
  );
}

/** @param {string} name */
function explain(name) {
  return forbidden.find((/** @type {{ name: string }} */ rule) => rule.name === name).comment;
}
