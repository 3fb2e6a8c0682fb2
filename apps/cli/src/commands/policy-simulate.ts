import { isObject, refuseViolations } from '@interlock/kernel';
import {
  bundleHash,
  caseEffects,
  caseViolations,
  Comparison,
  defaultLimits,
  evaluableBundle,
  namedCases,
  replayEvaluations,
  Simulation,
  simulationFixtures,
  syntheticCases,
  syntheticCount,
  type CaseEffect,
  type CaseInput,
  type ChangedCase,
  type ComparisonReport,
  type SimulatedCase,
  type SimulationCase,
  type SimulationReport,
} from '@interlock/policy';
import { Option, type Command } from 'commander';
import { print, Session, type Globals } from '../session.js';
import {
  addCatalogueOptions,
  decidable,
  knownActionTypes,
  readBundle,
  readJsonFile,
  unusable,
  withExitCodes,
  type CatalogueOptions,
  type Known,
  type Named,
} from './policy-files.js';
import { junitXml } from './policy-report.js';

type Dataset = 'fixtures' | 'synthetic' | 'custom' | 'replay';
type DatasetOptions = CatalogueOptions & {
  readonly dataset?: Dataset;
  readonly cases?: string;
  readonly seed: string;
  readonly count: string;
  readonly from?: string;
  readonly to?: string;
  readonly max?: string;
  readonly maxCost?: string;
  readonly maxCompute?: string;
  readonly format: 'text' | 'json' | 'junit';
};
/** What a case of one's own is to come to. */
type Expected = { readonly effect?: CaseEffect; readonly rule_id?: string | null };
type Cases = { readonly items: readonly SimulationCase[]; readonly expected: ReadonlyMap<string, Expected> };
type Failure = {
  readonly id: string;
  readonly expected: Expected;
  readonly effect: CaseEffect;
  readonly rule_id: string | null;
  readonly explanation: string;
};
type Simulated = SimulationReport & {
  readonly cases: readonly SimulatedCase[];
  readonly failures: readonly Failure[];
};
type Compared = ComparisonReport & { readonly cases: readonly ChangedCase[] };
type Page<T> = { readonly items: readonly T[]; readonly next: string | null };

const whole = (text: string, name: string, least: number, most: number): number => {
  const value = Number(text);
  if (!Number.isInteger(value) || value < least || value > most)
    throw unusable(`${name} must be a whole number from ${least} to ${most}`);
  return value;
};
const amount = (text: string | undefined, name: string, otherwise: number): number => {
  const value = text === undefined ? otherwise : Number(text);
  if (!Number.isFinite(value) || value < 0) throw unusable(`${name} must be a number from 0`);
  return value;
};
const limitsOf = ({ maxCost, maxCompute }: DatasetOptions) => ({
  cost: amount(maxCost, '--max-cost', defaultLimits.cost),
  compute: amount(maxCompute, '--max-compute', defaultLimits.compute),
});
const datasetOf = ({ dataset, cases }: DatasetOptions): Dataset => {
  if (dataset === 'custom' && cases === undefined) throw unusable('name the file of the cases with --cases');
  if (cases !== undefined && dataset !== undefined && dataset !== 'custom')
    throw unusable(`--cases is for the dataset custom, not ${dataset}`);
  return dataset ?? (cases === undefined ? 'fixtures' : 'custom');
};

const expectedOf = (value: unknown, at: string): Expected => {
  const given = typeof value === 'string' ? { effect: value } : value;
  const { effect, rule_id } = isObject(given) ? given : { effect: null };
  const isEffect = (one: unknown): one is CaseEffect => caseEffects.includes(one as CaseEffect);
  if (
    (effect !== undefined && !isEffect(effect)) ||
    (rule_id !== undefined && rule_id !== null && typeof rule_id !== 'string')
  )
    throw unusable(`${at}/expect: must be one of ${caseEffects.join(', ')}, or { "effect", "rule_id" }`);
  return { ...(effect === undefined ? {} : { effect }), ...(rule_id === undefined ? {} : { rule_id }) };
};

/** Cases of one's own; each may say what it is to come to. */
const ownCases = async (file: string, { fields }: Known): Promise<Cases> => {
  const value = readJsonFile(file);
  const given: unknown = isObject(value) ? value['cases'] : value;
  if (
    !Array.isArray(given) ||
    !given.every(
      (one) =>
        isObject(one) &&
        typeof one['agent'] === 'string' &&
        typeof one['action'] === 'string' &&
        isObject(one['context']),
    )
  )
    throw unusable(`${file} has no list of cases: each has an agent, an action and a context`);
  const inputs = (given as readonly (CaseInput & { readonly expect?: unknown })[]).map(
    ({ expect: _, ...input }) => input,
  );
  await decidable(() => {
    refuseViolations(caseViolations(inputs, fields, '/cases'), file);
  });
  const items = namedCases(inputs);
  const expected = new Map(
    items.flatMap(({ id }, i): readonly [string, Expected][] => {
      const { expect: wanted } = given[i] as { readonly expect?: unknown };
      return wanted === undefined ? [] : [[id, expectedOf(wanted, `${file}: /cases/${i}`)]];
    }),
  );
  return { items, expected };
};

const casesOf = async (options: DatasetOptions, known: Known, bundles: readonly Named[]): Promise<Cases> => {
  const dataset = datasetOf(options);
  if (dataset === 'custom') return ownCases(options.cases!, known);
  const items =
    dataset === 'synthetic'
      ? syntheticCases({
          rules: bundles.flatMap(({ content }) => content.rules),
          actionTypes: known.actionTypes,
          count: whole(options.count, '--count', syntheticCount.least, syntheticCount.most),
          seed: whole(options.seed, '--seed', 0, Number.MAX_SAFE_INTEGER),
        })
      : simulationFixtures;
  return { items, expected: new Map() };
};

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

/** What a replay is asked of: only the running system has what was decided. */
const replayOf = (options: DatasetOptions) => ({
  dataset: {
    kind: 'replay',
    ...(options.from === undefined ? {} : { from: options.from }),
    ...(options.to === undefined ? {} : { to: options.to }),
    max_evaluations: whole(
      options.max ?? `${replayEvaluations.usual}`,
      '--max',
      1,
      replayEvaluations.waiting,
    ),
  },
  limits: limitsOf(options),
  page: { limit: 1000 },
});
const pages = async <R extends { readonly cases: Page<unknown> }>(
  session: Session,
  path: string,
  body: { readonly page: object; readonly [name: string]: unknown },
): Promise<R> => {
  const first = await session.json<R>('POST', path, body);
  const items = [...first.cases.items];
  for (let { next } = first.cases; next !== null;) {
    const page = (await session.json<R>('POST', path, { ...body, page: { ...body.page, cursor: next } }))
      .cases;
    items.push(...page.items);
    ({ next } = page);
  }
  return { ...first, cases: { items, next: null } };
};

const failuresOf = (cases: readonly SimulatedCase[], expected: Cases['expected']): readonly Failure[] =>
  cases.flatMap(({ id, effect, rule_id, explanation }) => {
    const wanted = expected.get(id);
    const good =
      wanted === undefined ||
      ((wanted.effect === undefined || wanted.effect === effect) &&
        (wanted.rule_id === undefined || wanted.rule_id === rule_id));
    return good ? [] : [{ id, expected: wanted, effect, rule_id, explanation }];
  });

const simulated = async (named: string, options: DatasetOptions, globals: Globals): Promise<Simulated> => {
  const known = await knownActionTypes(options, globals);
  const bundle = await readBundle(named, known, globals);
  if (datasetOf(options) === 'replay') {
    const {
      cases: { items },
      ...report
    } = await decidable(() =>
      pages<SimulationReport & { readonly cases: Page<SimulatedCase> }>(
        new Session(globals),
        '/api/v1/policy/simulate',
        { bundle: bundle.content, ...replayOf(options) },
      ),
    );
    return { ...report, cases: items, failures: [] };
  }
  const { items, expected } = await casesOf(options, known, [bundle]);
  const simulation = simulationOf(bundle, options);
  const cases = items.map((one) => simulation.add(one));
  return { ...simulation.report(), cases, failures: failuresOf(cases, expected) };
};

const wantedText = ({ effect, rule_id }: Expected): string =>
  [
    ...(effect === undefined ? [] : [effect]),
    ...(rule_id === undefined ? [] : [rule_id === null ? 'no rule' : `rule ${rule_id}`]),
  ].join(' by ');
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

const tellSimulation = (report: Simulated): void => {
  for (const one of report.cases)
    print(
      `${one.id}  ${one.agent} ${one.action}: ${one.decision === undefined ? '' : `${one.decision}, `}${decidedText(one)}`,
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

const simulationJunit = ({ cases, failures, ...report }: Simulated): string =>
  junitXml('interlock.policy.simulate', [
    {
      name: `bundle ${report.bundle.version}`,
      cases: [
        ...cases.map(({ id, name, effect, rule_id }) => {
          const failure = failures.find((one) => one.id === id);
          const told = decidedText({ effect, rule_id });
          return {
            name: name ?? id,
            output: told,
            ...(failure === undefined
              ? {}
              : {
                  failure: {
                    message: `${told}, expected ${wantedText(failure.expected)}`,
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
    },
  ]);

const simulate = async (file: string, options: DatasetOptions, globals: Globals): Promise<void> => {
  const report = await simulated(file, options, globals);
  if (options.format === 'json') print(JSON.stringify(report, null, 2));
  else if (options.format === 'junit') print(simulationJunit(report));
  else tellSimulation(report);
  if (report.failures.length > 0 || report.cost_breach || report.compute_breach) process.exitCode = 1;
};

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
        '/api/v1/policy/simulate/compare',
        body,
      ),
    );
    return { ...report, cases: items };
  }
  const { items } = await casesOf(options, known, [a, b]);
  const comparison = new Comparison(simulationOf(a, options), simulationOf(b, options));
  const cases = items.flatMap((one) => comparison.add(one) ?? []);
  return { ...comparison.report(), cases };
};

const compare = async (
  names: readonly [string, string],
  options: DatasetOptions,
  globals: Globals,
): Promise<void> => {
  const report = await compared(names, options, globals);
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
};

const addDatasetOptions = (command: Command, formats: readonly string[]): Command =>
  addCatalogueOptions(withExitCodes(command))
    .addOption(
      new Option(
        '--dataset <dataset>',
        'what it is tried on; a replay is of what the running system decided',
      ).choices(['fixtures', 'synthetic', 'custom', 'replay']),
    )
    .option(
      '--cases <file>',
      "cases of one's own (the dataset custom); each may say what it is to come to, `expect`",
    )
    .option('--seed <n>', 'of synthetic cases: the same seed, the same cases', '1')
    .option(
      '--count <n>',
      `so many synthetic cases, ${syntheticCount.least} to ${syntheticCount.most}`,
      `${syntheticCount.least}`,
    )
    .option('--from <time>', 'of a replay: recorded from then on')
    .option('--to <time>', 'of a replay: recorded before')
    .option('--max <n>', 'of a replay: the newest so many')
    .option('--max-cost <n>', 'what may be spent in all', `${defaultLimits.cost}`)
    .option('--max-compute <n>', 'what may be computed in all', `${defaultLimits.compute}`)
    .addOption(new Option('--format <format>').choices([...formats]).default('text'));

/** `interlock policy simulate` and `compare`: bundles tried out, without a running system but for a replay. */
export const addPolicySimulate = (policy: Command, globals: () => Globals): void => {
  addDatasetOptions(
    policy
      .command('simulate <bundle>')
      .description(
        'try a bundle out (a file; of the running system a version or `active`); exit code 1 where a case is not as expected or too much is spent',
      ),
    ['text', 'json', 'junit'],
  ).action((bundle: string, options: DatasetOptions) => simulate(bundle, options, globals()));
  addDatasetOptions(
    policy
      .command('compare <a> <b>')
      .description('try two bundles out on the same cases; exit code 1 where a decision changes'),
    ['text', 'json'],
  ).action((a: string, b: string, options: DatasetOptions) => compare([a, b], options, globals()));
};
