import type { Violation } from '@interlock/contracts';
import { isExistingTime, isObject, ProblemError } from '@interlock/kernel';
import { schemaViolations, type Schema } from '../condition/json-schema.js';
import { casesSchema, type CaseInput } from './case.js';
import { defaultLimits, type SimulationLimits } from './simulation.js';
import { syntheticCount } from './synthetic.js';

/** The simulated bundle: an inline draft, or an existing one. */
export type BundleRef =
  { readonly bundle: unknown } | { readonly bundle_id: string } | { readonly version: string };
export type DatasetRef =
  | { readonly kind: 'fixtures' }
  | { readonly kind: 'synthetic'; readonly count: number; readonly seed: number }
  | { readonly kind: 'custom'; readonly cases: readonly CaseInput[] }
  | {
      readonly kind: 'replay';
      readonly from?: string;
      readonly to?: string;
      readonly max_evaluations?: number;
    };
type SimulationPage = { readonly limit: number; readonly cursor: string | null };
type Common = {
  readonly dataset: DatasetRef;
  readonly limits: SimulationLimits;
  readonly with_policies: boolean;
  readonly async: boolean;
  readonly page: SimulationPage;
};
export type SimulationRequest = Common & { readonly of: BundleRef };
export type ComparisonRequest = Common & { readonly a: BundleRef; readonly b: BundleRef };

/**
 * How many evaluations a replay reads: by default, at most while the caller waits, and at most in a
 * job.
 */
export const replayEvaluations = { usual: 1000, waiting: 10_000, most: 100_000 } as const;
/** The cases on a page: the default and the maximum. */
export const casePage = { usual: 100, most: 1000 } as const;

const time: Schema = {
  type: 'string',
  pattern: '^\\d{4}-\\d\\d-\\d\\d[Tt]\\d\\d:\\d\\d:\\d\\d(\\.\\d+)?([Zz]|[+-]\\d\\d:\\d\\d)$',
  maxLength: 40,
};
const kind = (
  of: string,
  properties: { readonly [name: string]: Schema },
  required: readonly string[] = [],
): Schema => ({
  type: 'object',
  additionalProperties: false,
  required: ['kind', ...required],
  properties: { kind: { enum: [of] }, ...properties },
});

const datasets: { readonly [kind: string]: Schema } = {
  fixtures: kind('fixtures', {}),
  synthetic: kind('synthetic', {
    count: { type: 'integer', minimum: syntheticCount.least, maximum: syntheticCount.most },
    seed: { type: 'integer', minimum: 0, maximum: Number.MAX_SAFE_INTEGER },
  }),
  custom: kind('custom', { cases: casesSchema }, ['cases']),
  replay: kind('replay', {
    from: time,
    to: time,
    max_evaluations: { type: 'integer', minimum: 1, maximum: replayEvaluations.most },
  }),
};
const anyKind: Schema = {
  type: 'object',
  required: ['kind'],
  properties: { kind: { type: 'string', enum: Object.keys(datasets) } },
};

const common: { readonly [name: string]: Schema } = {
  dataset: anyKind,
  limits: {
    type: 'object',
    additionalProperties: false,
    properties: { cost: { type: 'number', minimum: 0 }, compute: { type: 'number', minimum: 0 } },
  },
  with_policies: { type: 'boolean' },
  async: { type: 'boolean' },
  page: {
    type: 'object',
    additionalProperties: false,
    properties: {
      limit: { type: 'integer', minimum: 1, maximum: casePage.most },
      cursor: { type: 'string', maxLength: 2048 },
    },
  },
};
const references: { readonly [name: string]: Schema } = {
  bundle: { type: 'object' },
  bundle_id: { type: 'string', minLength: 1, maxLength: 64 },
  version: { type: 'string', minLength: 1, maxLength: 64 },
};
const reference: Schema = { type: 'object', additionalProperties: false, properties: references };

/** The schema of `POST /simulate`; the members of a dataset depend on its kind. */
export const simulationSchema: Schema = {
  type: 'object',
  additionalProperties: false,
  required: ['dataset'],
  properties: { ...references, ...common },
};
/** The schema of `POST /simulate/compare`. */
export const comparisonSchema: Schema = {
  type: 'object',
  additionalProperties: false,
  required: ['a', 'b', 'dataset'],
  properties: { a: reference, b: reference, ...common },
};

type Body = { readonly [name: string]: unknown };

const oneReference = (given: unknown, pointer: string): Violation[] => {
  const named = Object.keys(references).filter((name) => (given as Body)[name] !== undefined);
  return named.length === 1
    ? []
    : [{ pointer, code: 'one-of', detail: 'must name one of bundle, bundle_id and version' }];
};

const datasetViolations = (dataset: unknown, background: boolean): Violation[] => {
  if (!isObject(dataset) || typeof dataset['kind'] !== 'string' || !Object.hasOwn(datasets, dataset['kind']))
    return [];
  const violations = schemaViolations(datasets[dataset['kind']]!, dataset, '/dataset');
  for (const name of ['from', 'to'])
    if (typeof dataset[name] === 'string' && !isExistingTime(dataset[name]))
      violations.push({ pointer: `/dataset/${name}`, code: 'format', detail: 'must be a time' });
  if (
    !background &&
    typeof dataset['max_evaluations'] === 'number' &&
    dataset['max_evaluations'] > replayEvaluations.waiting
  ) {
    violations.push({
      pointer: '/dataset/max_evaluations',
      code: 'maximum',
      detail: `must be at most ${replayEvaluations.waiting} where \`async\` is not true`,
    });
  }
  return violations;
};

/** Expands short forms: a dataset's name with its members beside it, and rules without a bundle. */
const written = (body: unknown): unknown => {
  if (!isObject(body)) return body;
  const { dataset, count, seed, cases, rules, ...rest } = body;
  const given = Object.fromEntries(
    Object.entries({ count, seed, cases }).filter(([, value]) => value !== undefined),
  );
  return {
    ...rest,
    ...(typeof dataset === 'string'
      ? { dataset: { kind: dataset, ...given } }
      : { ...(dataset === undefined ? {} : { dataset }), ...given }),
    ...(Array.isArray(rules) && !Object.keys(references).some((name) => rest[name] !== undefined)
      ? { bundle: { rules } }
      : rules === undefined
        ? {}
        : { rules }),
  };
};

const checked = (given: unknown, schema: Schema, more: (body: Body) => Violation[]): Body => {
  const body = written(given);
  const shape = schemaViolations(schema, body);
  const violations = isObject(body)
    ? [...shape, ...datasetViolations(body['dataset'], body['async'] === true), ...more(body)]
    : shape;
  if (violations.length > 0)
    throw new ProblemError(
      'validation-failed',
      `the body has ${violations.length} ${violations.length === 1 ? 'fault' : 'faults'}`,
      { violations },
    );
  return body as Body;
};

const commonOf = (body: Body): Common => {
  const {
    dataset,
    limits,
    with_policies = false,
    async: background = false,
    page,
  } = body as {
    dataset: DatasetRef;
    limits?: Partial<SimulationLimits>;
    with_policies?: boolean;
    async?: boolean;
    page?: Partial<SimulationPage>;
  };
  return {
    dataset:
      dataset.kind === 'synthetic'
        ? { kind: 'synthetic', count: dataset.count ?? syntheticCount.least, seed: dataset.seed ?? 1 }
        : dataset,
    limits: { ...defaultLimits, ...limits },
    with_policies,
    async: background,
    page: { limit: page?.limit ?? casePage.usual, cursor: page?.cursor ?? null },
  };
};

const referenceOf = ({ bundle, bundle_id, version }: Body): BundleRef =>
  bundle !== undefined
    ? { bundle }
    : bundle_id !== undefined
      ? { bundle_id: bundle_id as string }
      : { version: version as string };

/**
 * Returns a requested simulation with its defaults. Throws `validation-failed`, which names every
 * violation; `checkBundle` checks the bundle itself.
 */
export const checkSimulation = (body: unknown): SimulationRequest => {
  const good = checked(body, simulationSchema, (given) => oneReference(given, ''));
  return { ...commonOf(good), of: referenceOf(good) };
};

/**
 * Returns a requested comparison with its defaults. Throws `validation-failed`, which names every
 * violation.
 */
export const checkComparison = (body: unknown): ComparisonRequest => {
  const good = checked(body, comparisonSchema, (given) =>
    ['a', 'b'].flatMap((side) => (isObject(given[side]) ? oneReference(given[side], `/${side}`) : [])),
  );
  return { ...commonOf(good), a: referenceOf(good['a'] as Body), b: referenceOf(good['b'] as Body) };
};
