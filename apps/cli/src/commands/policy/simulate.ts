import {
  bundleHash,
  checkBundle,
  isRecipe,
  Comparison,
  evaluableBundle,
  Simulation,
  type ChangedCase,
  type ComparisonReport,
  type SimulatedCase,
  type SimulationReport,
  type CaseEffect,
} from '@interlock/policy';
import { Progress } from '../../output/progress.js';
import { print, Session, type Globals } from '../../connection/session.js';
import {
  decidable,
  knownActionTypes,
  readBundle,
  readJsonFile,
  unusable,
  type Named,
  type PolicyCatalogue,
} from './files.js';
import {
  limitsOf,
  datasetOf,
  casesOf,
  replayOf,
  pages,
  datasetOptions,
  type DatasetOptions,
  type Cases,
  type Page,
  type Expected,
} from './datasets.js';
import { act, all } from '../../program/declare.js';
import { junitXml } from './report.js';

/** A case whose result differs from its author's expectation. */
type Failure = {
  readonly id: string;
  readonly expected: Expected;
  readonly effect: CaseEffect;
  readonly rule_id: string | null;
  readonly explanation: string;
};
/** The result of a simulation. */
type Simulated = SimulationReport & {
  readonly cases: readonly SimulatedCase[];
  readonly failures: readonly Failure[];
};
const wantedText = ({ effect, rule_id }: Expected): string =>
  [
    ...(effect === undefined ? [] : [effect]),
    ...(rule_id === undefined ? [] : [rule_id === null ? 'no rule' : `rule ${rule_id}`]),
  ].join(' by ');
/** The effect of a decision, and its rule. */
const decidedText = ({
  effect,
  rule_id,
}: {
  readonly effect: string;
  readonly rule_id: string | null;
}): string => `${effect}${rule_id === null ? '' : ` by rule ${rule_id}`}`;
const countsText = (counts: { readonly [name: string]: number }): string =>
  Object.entries(counts)
    .map(([name, n]) => `${name} ${n}`)
    .join(', ');

/** Prints a simulation: each case, unexpected results, and the counts. */
const tellSimulation = (report: Simulated): void => {
  for (const one of report.cases)
    print(
      `${one.id}${one.name === undefined ? '' : ` (${one.name})`}  ${one.agent} ${one.action}: ${one.decision === undefined ? '' : `${one.decision}, `}${decidedText(one)}`,
    );
  for (const { id, expected, explanation, ...got } of report.failures)
    print(`not as expected: ${id}: ${decidedText(got)}, expected ${wantedText(expected)} (${explanation})`);
  print(`bundle ${report.bundle.version}: ${report.total} cases: ${countsText(report.counts)}`);
  for (const { rule_id, effect, hits, cost, compute } of report.rules)
    print(`  ${rule_id}  ${effect}  ${hits} hits, cost ${cost}, compute ${compute}`);
  if (report.changes !== undefined)
    print(
      `otherwise than it was decided: ${countsText(report.changes as { readonly [name: string]: number })}`,
    );
  print(
    `cost ${report.total_cost} of ${report.limits.cost}${report.cost_breach ? ': too much' : ''}, compute ${report.total_compute} of ${report.limits.compute}${report.compute_breach ? ': too much' : ''}`,
  );
};

/** Simulations as JUnit XML: a suite for each, with a test for each case and each limit. */
const simulationJunit = (reports: readonly Simulated[]): string =>
  junitXml(
    'interlock.policy.simulate',
    reports.map(({ cases, failures, ...report }) => ({
      name: `bundle ${report.bundle.version}`,
      cases: [
        ...cases.map(({ id, name, effect, rule_id }) => {
          const failure = failures.find((one) => one.id === id);
          const decided = decidedText({ effect, rule_id });
          return {
            name: name ?? id,
            output: decided,
            ...(failure === undefined
              ? {}
              : {
                  failure: {
                    message: `${decided}, expected ${wantedText(failure.expected)}`,
                    type: 'unexpected',
                    text: failure.explanation,
                  },
                }),
          };
        }),
        ...(['cost', 'compute'] as const).map((what) => {
          const [spent, most] = [report[`total_${what}`], report.limits[what]];
          return {
            name: `${what} within its limit`,
            output: `${spent} of ${most}`,
            ...(report[`${what}_breach`]
              ? {
                  failure: {
                    message: `${what} is ${spent}, at most ${most} is allowed`,
                    type: 'breach',
                    text: '',
                  },
                }
              : {}),
          };
        }),
      ],
    })),
  );

type Compared = ComparisonReport & { readonly cases: readonly ChangedCase[] };
const simulationOf = ({ content }: Named, options: DatasetOptions): Simulation =>
  new Simulation({
    bundle: evaluableBundle({
      bundle_id: '',
      version: content.version,
      bundle_hash: bundleHash(content),
      rules: content.rules,
    }),
    rules: content.rules,
    bundle_id: null,
    policies: null,
    limits: limitsOf(options),
  });

const failuresOf = (cases: readonly SimulatedCase[], expected: Cases['expected']): readonly Failure[] =>
  cases.flatMap(({ id, effect, rule_id, explanation }) => {
    const wanted = expected.get(id);
    const good =
      wanted === undefined ||
      ((wanted.effect === undefined || wanted.effect === effect) &&
        (wanted.rule_id === undefined || wanted.rule_id === rule_id));
    return good ? [] : [{ id, expected: wanted, effect, rule_id, explanation }];
  });

const simulated = async (
  bundle: Named,
  known: PolicyCatalogue,
  options: DatasetOptions,
  globals: Globals,
): Promise<Simulated> => {
  if (datasetOf(options) === 'replay') {
    const {
      cases: { items },
      ...report
    } = await decidable(() =>
      pages<SimulationReport & { readonly cases: Page<SimulatedCase> }>(
        new Session(globals),
        'POST /api/v1/policy/simulate',
        { bundle: bundle.content, ...replayOf(options) },
      ),
    );
    return { ...report, cases: items, failures: [] };
  }
  const { items, expected } = await casesOf(options, known, [bundle]);
  const simulation = simulationOf(bundle, options);
  const progress = new Progress('trying out', 'cases', items.length);
  const cases = items.map((one) => {
    progress.add();
    return simulation.add(one);
  });
  progress.end();
  return { ...simulation.report(), cases, failures: failuresOf(cases, expected) };
};

/** The recipe's bundles that belong to the cases. */
const bundlesOfRecipe = (
  { cases }: DatasetOptions,
  { fields }: PolicyCatalogue,
): Promise<readonly Named[]> => {
  const value = cases === undefined ? undefined : readJsonFile(cases);
  if (cases === undefined || !isRecipe(value))
    throw unusable('name a bundle, or a recipe with --cases, whose own bundles are tried');
  return decidable(() =>
    value.bundles.map((bundle) => ({ name: cases, content: checkBundle(bundle, fields) })),
  );
};

/** `interlock policy simulate`: tries bundles out. Only a replay needs a running system. */
const simulate = act({
  command: 'simulate [bundle]',
  about:
    "simulate a bundle: a file, or a version or `active` of the running system; default with a recipe: the recipe's own. Exit code 1 if a case is not as expected or a limit is exceeded",
  routes: ['POST /api/v1/policy/simulate', 'GET /api/v1/policy/simulate/runs/{id}'],
  options: {
    ...datasetOptions,
    '--format <format>': {
      about: 'how the report is written',
      choices: ['text', 'json', 'junit'],
      preset: 'text',
    },
  },
  run: async ({ globals, options }, named) => {
    const known = await knownActionTypes(options, globals);
    const bundles =
      named === undefined ? await bundlesOfRecipe(options, known) : [await readBundle(named, known, globals)];
    const reports: Simulated[] = [];
    for (const bundle of bundles) reports.push(await simulated(bundle, known, options, globals));
    if (options.format === 'json')
      print(JSON.stringify(reports.length === 1 ? reports[0] : reports, null, 2));
    else if (options.format === 'junit') print(simulationJunit(reports));
    else for (const report of reports) tellSimulation(report);
    if (reports.some((one) => one.failures.length > 0 || one.cost_breach || one.compute_breach))
      process.exitCode = 1;
  },
});

const compared = async (
  names: readonly [string, string],
  options: DatasetOptions,
  globals: Globals,
): Promise<Compared> => {
  const known = await knownActionTypes(options, globals);
  const [a, b] = [await readBundle(names[0], known, globals), await readBundle(names[1], known, globals)];
  if (datasetOf(options) === 'replay') {
    const body = { a: { bundle: a.content }, b: { bundle: b.content }, ...replayOf(options) };
    const {
      cases: { items },
      ...report
    } = await decidable(() =>
      pages<ComparisonReport & { readonly cases: Page<ChangedCase> }>(
        new Session(globals),
        'POST /api/v1/policy/simulate/compare',
        body,
      ),
    );
    return { ...report, cases: items };
  }
  const { items } = await casesOf(options, known, [a, b]);
  const comparison = new Comparison(simulationOf(a, options), simulationOf(b, options));
  const progress = new Progress('comparing', 'cases', items.length);
  const cases = items.flatMap((one) => {
    progress.add();
    return comparison.add(one) ?? [];
  });
  progress.end();
  return { ...comparison.report(), cases };
};

const compare = act({
  command: 'compare <a> <b>',
  about: 'simulate two bundles on the same cases; exit code 1 if a decision changes',
  routes: ['POST /api/v1/policy/simulate/compare'],
  options: {
    ...datasetOptions,
    '--format <format>': { about: 'how the report is written', choices: ['text', 'json'], preset: 'text' },
  },
  run: async ({ globals, options }, a, b) => {
    const report = await compared([a, b], options, globals);
    if (options.format === 'json') print(JSON.stringify(report, null, 2));
    else {
      for (const { id, agent, action, from, to } of report.cases)
        print(`${id}  ${agent} ${action}: ${decidedText(from)} → ${decidedText(to)}`);
      const { total_cost: cost, total_compute: compute, decisions, ...deltas } = report.deltas;
      const signed = (n: number): string => `${n > 0 ? '+' : ''}${n}`;
      print(
        `${report.a.bundle.version} → ${report.b.bundle.version}: ${report.changed} of ${report.a.total} cases changed: ${Object.entries(
          decisions ?? deltas,
        )
          .map(([name, n]) => `${name} ${signed(n)}`)
          .join(', ')}; cost ${signed(cost)}, compute ${signed(compute)}`,
      );
    }
    if (report.changed > 0) process.exitCode = 1;
  },
});

export const addPolicySimulate = all(simulate, compare);
