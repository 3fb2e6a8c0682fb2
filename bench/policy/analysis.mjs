import { changedDecisions, lintBundle, RuleAnalysis, Space } from '@interlock/policy';

import { row } from '../report.mjs';
import { bruteForce, bruteForceCost } from './brute-force.mjs';
import { plainLoop, wholePass } from './plain.mjs';
import { least } from './timing.mjs';
import { changedRules, makeRequests, makeRules, shapes, sizes } from './workload.mjs';

const linearEvaluations = 2000;
/** The most rule checks for brute force. */
const bruteForceLimit = 50_000_000;
const overriders = 5;

/** The exact part of lint: which rules are reached, which conflict, which override which. */
function exactLint(rules) {
  const analysis = new RuleAnalysis(rules, new Space(rules));
  const unreached = analysis.rules
    .filter((rule) => !analysis.reaches(rule))
    .map(({ id }) => id)
    .sort();
  const conflicts = analysis
    .conflicts()
    .map(({ allow, deny }) => `${allow.id} ${deny.id}`)
    .sort();
  return { unreached, conflicts, overridden: analysis.overridden(overriders).length };
}

function againstBruteForce(what, rules, found, milliseconds, note) {
  if (bruteForceCost(rules) > bruteForceLimit) {
    note(
      `brute force is left out at ${what}: it would look at rules ${bruteForceCost(rules).toExponential(0)} times`,
    );
    return [];
  }
  const brute = least(() => bruteForce(rules), 1);
  for (const kind of ['unreached', 'conflicts']) {
    if (brute.result[kind].join() !== found[kind].join())
      throw new Error(
        `${what}: brute force finds other ${kind}: ${brute.result[kind].join()} for ${found[kind].join()}`,
      );
  }
  return [row(`${what}: brute force, of the exact lint`, brute.milliseconds / milliseconds, 'ratio')];
}

function rowsOf(shape, count, note) {
  const what = `${shape}, ${count} rules`;
  const rules = makeRules(shape, count);
  const requests = makeRequests(shape, count, linearEvaluations);
  const [pass, decide] = [wholePass(rules), plainLoop(rules)];
  const linear = least(() => {
    for (const request of requests) pass(request);
  }, 3).milliseconds;
  const deciding = least(() => {
    for (const request of requests) decide(request);
  }, 3).milliseconds;
  const lint = least(() => exactLint(rules), count >= 10_000 ? 3 : 5);
  const diff = least(() => changedDecisions(rules, changedRules(rules, shape)), count >= 10_000 ? 3 : 5);
  const text = JSON.stringify({ version: '1.0.0', rules });
  const whole = least(() => lintBundle(text), 1);
  const bar = count === sizes.at(-1) ? { most: 1 } : undefined;
  return [
    row(`${what}: ${linearEvaluations} linear evaluations`, linear, 'ms'),
    row(`${what}: ${linearEvaluations} decisions by the plain loop`, deciding, 'ms'),
    row(`${what}: exact lint`, lint.milliseconds, 'ms'),
    row(
      `${what}: exact lint, of ${linearEvaluations} linear evaluations`,
      lint.milliseconds / linear,
      'ratio',
      bar,
    ),
    row(`${what}: semantic diff (${diff.result.length} changes)`, diff.milliseconds, 'ms'),
    row(
      `${what}: semantic diff, of ${linearEvaluations} linear evaluations`,
      diff.milliseconds / linear,
      'ratio',
      bar,
    ),
    row(`${what}: lint of the text, all checks, with places`, whole.milliseconds, 'ms'),
    ...againstBruteForce(what, rules, lint.result, lint.milliseconds, note),
  ];
}

/**
 * P7: the exact analysis of bundles, compared with brute force if that can finish, and with linear
 * evaluations of the bundle.
 */
export async function measureAnalysis({ note }) {
  const rows = [];
  for (const shape of shapes) {
    for (const count of sizes) {
      note(`P7 ${shape}, ${count} rules`);
      rows.push(...rowsOf(shape, count, note));
    }
  }
  return rows;
}
