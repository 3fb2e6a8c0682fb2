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
import { Session, answerOf } from '../../connection/session.js';
import {
  catalogueOptions,
  decidable,
  readJsonFile,
  unusable,
  type PolicyCatalogue,
  type Named,
} from './files.js';
import type { Values } from '../../program/options.js';
import type { Route } from '../../program/routes.js';

const datasets = ['fixtures', 'synthetic', 'custom', 'replay'] as const;
type Dataset = (typeof datasets)[number];
/** The options of a trial: the dataset, and the limits on cost. */
export const datasetOptions = {
  ...catalogueOptions,
  '--dataset <dataset>': {
    about: 'the cases to simulate; a replay uses decisions of the running system',
    choices: datasets,
  },
  '--cases <file>': 'your own cases or a recipe (the dataset custom); each may state its result in `expect`',
  '--seed <n>': { about: 'for synthetic cases: the same seed makes the same cases', preset: '1' },
  '--count <n>': {
    about: `number of synthetic cases, ${syntheticCount.least} to ${syntheticCount.most}`,
    preset: `${syntheticCount.least}`,
  },
  '--from <time>': 'for a replay: recorded at or after this time',
  '--to <time>': 'for a replay: recorded before this time',
  '--max <n>': 'for a replay: at most this many, the newest',
  '--max-cost <n>': { about: 'the most that all cases may cost', preset: `${defaultLimits.cost}` },
  '--max-compute <n>': { about: 'the most that all cases may compute', preset: `${defaultLimits.compute}` },
} as const;
export type DatasetOptions = Values<typeof datasetOptions>;

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
const amount = (text: string, name: string): number => {
  const value = Number(text);
  if (!Number.isFinite(value) || value < 0) throw unusable(`${name} must be a number from 0`);
  return value;
};
/** The limits from the options. */
export const limitsOf = ({ maxCost, maxCompute }: DatasetOptions) => ({
  cost: amount(maxCost, '--max-cost'),
  compute: amount(maxCompute, '--max-compute'),
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
    from: options.from,
    to: options.to,
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
  route: Route,
  body: { readonly page: object; readonly [name: string]: unknown },
): Promise<R> => {
  const ask = async (page: object): Promise<R> =>
    answerOf<R>(await session.send(route, [], { body: { ...body, page: { ...body.page, ...page } } }));
  const first = await ask({});
  const items = [...first.cases.items];
  for (let { next } = first.cases; next !== null;) {
    const { cases } = await ask({ cursor: next });
    items.push(...cases.items);
    ({ next } = cases);
  }
  return { ...first, cases: { items, next: null } };
};
