import { isObject, refuseViolations } from '@interlock/kernel';
import {
  caseEffects,
  caseViolations,
  isRecipe,
  recipeCases,
  defaultLimits,
  namedCases,
  replayEvaluations,
  simulationFixtures,
  syntheticCases,
  syntheticCount,
  type CaseEffect,
  type CaseInput,
  type Recipe,
  type SimulationCase,
} from '@interlock/policy';
import { Option, type Command } from 'commander';
import { Session } from '../../connection/session.js';
import {
  addCatalogueOptions,
  decidable,
  readJsonFile,
  unusable,
  withExitCodes,
  type CatalogueOptions,
  type PolicyCatalogue,
  type Named,
} from './files.js';

type Dataset = 'fixtures' | 'synthetic' | 'custom' | 'replay';
/** The options of a trial: the dataset, the limits on cost, and the format of the report. */
export type DatasetOptions = CatalogueOptions & {
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
/** The expected result of a user's case. */
export type Expected = { readonly effect?: CaseEffect; readonly rule_id?: string | null };
/** The cases of a dataset, and some expected results by case id. */
export type Cases = {
  readonly items: readonly SimulationCase[];
  readonly expected: ReadonlyMap<string, Expected>;
};
/** A page of cases from the running system. */
export type Page<T> = { readonly items: readonly T[]; readonly next: string | null };

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
/** The limits from the options, or the defaults. */
export const limitsOf = ({ maxCost, maxCompute }: DatasetOptions) => ({
  cost: amount(maxCost, '--max-cost', defaultLimits.cost),
  compute: amount(maxCompute, '--max-compute', defaultLimits.compute),
});
/** The chosen dataset; refuses options that do not belong together. */
export const datasetOf = ({ dataset, cases }: DatasetOptions): Dataset => {
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

/** Returns the cases of a recipe that are for one of these versions. */
const casesOfRecipe = (recipe: Recipe, file: string, bundles: readonly Named[]): readonly unknown[] => {
  const versions = [...new Set(bundles.map(({ content }) => content.version))];
  const cases = versions.flatMap((version) => recipeCases(recipe, version));
  if (cases.length === 0)
    throw unusable(
      `${file} is a recipe whose cases are for the versions ${recipe.bundles.map(({ version }) => version).join(', ')}, not for ${versions.join(' or ')}`,
    );
  return cases;
};

/** Returns the user's cases, or those of a recipe. Each may have an expected result. */
const ownCases = async (
  file: string,
  { fields }: PolicyCatalogue,
  bundles: readonly Named[],
): Promise<Cases> => {
  const value = readJsonFile(file);
  const given: unknown = isRecipe(value)
    ? casesOfRecipe(value, file, bundles)
    : isObject(value)
      ? value['cases']
      : value;
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
  await decidable(() => refuseViolations(caseViolations(inputs, fields, '/cases'), file));
  const items = namedCases(inputs);
  const expected = new Map(
    items.flatMap(({ id }, i): readonly [string, Expected][] => {
      const { expect: wanted } = given[i] as { readonly expect?: unknown };
      return wanted === undefined ? [] : [[id, expectedOf(wanted, `${file}: /cases/${i}`)]];
    }),
  );
  return { items, expected };
};

/**
 * Returns the cases of a dataset that the program contains or generates: all kinds except a replay.
 */
export const casesOf = async (
  options: DatasetOptions,
  known: PolicyCatalogue,
  bundles: readonly Named[],
): Promise<Cases> => {
  const dataset = datasetOf(options);
  if (dataset === 'custom') return ownCases(options.cases!, known, bundles);
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

/** Returns the request for a replay, because only the running system has the decisions. */
export const replayOf = (options: DatasetOptions) => ({
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
/** Returns the answer of the running system with the cases of all its pages. */
export const pages = async <R extends { readonly cases: Page<unknown> }>(
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

/** Adds the options for a dataset, its limits, and one of these formats. */
export const addDatasetOptions = (command: Command, formats: readonly string[]): Command =>
  addCatalogueOptions(withExitCodes(command))
    .addOption(
      new Option(
        '--dataset <dataset>',
        'what it is tried on; a replay is of what the running system decided',
      ).choices(['fixtures', 'synthetic', 'custom', 'replay']),
    )
    .option(
      '--cases <file>',
      "cases of one's own, or a recipe (the dataset custom); each may say what it is to come to, `expect`",
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
    .addOption(
      new Option('--format <format>', 'how the report is written').choices([...formats]).default('text'),
    );
