import { Inject, Injectable } from '@nestjs/common';
import type { JsonObject } from '@interlock/contracts';
import {
  positionText,
  ProblemError,
  refuseViolations,
  type EventStore,
  type Position,
} from '@interlock/kernel';
import { EVENT_STORE, nowText } from '@interlock/platform';
import {
  bundleHash,
  caseViolations,
  checkBundle,
  Comparison,
  evaluableBundle,
  namedCases,
  replayEvaluations,
  Simulation,
  simulationFixtures,
  syntheticCases,
  casePage,
  type BundleRef,
  type CompiledPolicies,
  type ComparisonRequest,
  type DatasetRef,
  type EvaluableBundle,
  type RecordedDecision,
  type RuleV1,
  type SimulationCase,
  type SimulationRequest,
} from '@interlock/policy';
import { pageByIndex, type Page, type PageAsked } from '@interlock/postgres';
import { BundlesQueries } from '../bundles/bundles.queries.js';
import { Catalogue } from '../policies/catalogue.js';
import { rangeOf } from './range.js';
import { EvaluationsRunner } from '../runners.js';
import { RecordedEvaluations } from './recorded-evaluations.js';
import type { RunControl, RunResult } from './runs.js';
import { Slices } from './slices.js';
import { TenantRules } from './tenant-rules.js';

type Resolved = {
  readonly bundle: EvaluableBundle;
  readonly rules: readonly RuleV1[];
  readonly bundle_id: string | null;
};
type Cases = {
  readonly items: Iterable<SimulationCase> | AsyncIterable<SimulationCase>;
  /** The number of cases; null if it is known only at the end. */
  readonly total: number | null;
  /** Returns the description of the dataset for the response, after the last case. */
  readonly describe: () => JsonObject;
};
/**
 * The caller: the tenant, and the teams whose bundles and requests the caller sees (null means
 * all).
 */
export type Caller = {
  readonly tenantId: string;
  readonly teams: readonly string[] | null;
  readonly position: Position | null;
};
/** A validated simulation that is ready to run. */
export type Prepared = (control: RunControl) => Promise<RunResult>;

const unwatched: RunControl = { step: () => undefined };

const recordedCase = ({ evaluation_id: id, decision, bundle, input }: RecordedDecision): SimulationCase => ({
  id,
  agent: input.agent,
  action: input.action_type,
  context: input.context,
  recorded: { decision, rule_id: bundle.rule_id, bundle_version: bundle.bundle_version },
});

/** Returns a page of cases. Throws `validation-failed` for an invalid cursor. */
export const casesOn = (
  cases: readonly object[],
  { limit = casePage.usual, cursor }: PageAsked,
  pointer?: string,
): Page<object> => pageByIndex('simulated-cases', cases, { limit, cursor }, pointer);

/** Simulates bundles over cases. It only reads. */
@Injectable()
export class SimulateService {
  constructor(
    @Inject(EVENT_STORE) private readonly store: EventStore,
    private readonly evaluations: EvaluationsRunner,
    private readonly catalogue: Catalogue,
    private readonly bundles: BundlesQueries,
    private readonly tenant: TenantRules,
  ) {}

  /**
   * Validates the request completely and prepares the simulation. Throws `bundle-invalid`,
   * `validation-failed`, `not-found`.
   */
  async simulation(asker: Caller, request: SimulationRequest): Promise<Prepared> {
    const of = await this.#bundle(asker, request.of, '/bundle');
    const { cases, policies } = await this.#over(asker, request, of.rules);
    const { kind } = request.dataset;
    const simulation = new Simulation({
      ...of,
      policies,
      limits: request.limits,
      nearMisses: kind !== 'replay',
    });
    return async (control) => {
      const kept = await this.#each(cases, control, (one) => simulation.add(one));
      return { summary: { ...simulation.report(), dataset: { kind, ...cases.describe() } }, cases: kept };
    };
  }

  /** Does the same for two bundles. The cases are those whose decision changed. */
  async comparison(asker: Caller, request: ComparisonRequest): Promise<Prepared> {
    const [a, b] = [
      await this.#bundle(asker, request.a, '/a/bundle'),
      await this.#bundle(asker, request.b, '/b/bundle'),
    ];
    const { cases, policies } = await this.#over(asker, request, [...a.rules, ...b.rules]);
    const [first, second] = [a, b].map(
      (of) => new Simulation({ ...of, policies, limits: request.limits }),
    ) as [Simulation, Simulation];
    const comparison = new Comparison(first, second);
    return async (control) => {
      const kept = await this.#each(cases, control, (one) => comparison.add(one));
      return {
        summary: { ...comparison.report(), dataset: { kind: request.dataset.kind, ...cases.describe() } },
        cases: kept,
      };
    };
  }

  /** Runs a prepared simulation and returns its result with one page of cases. */
  async answer(prepared: Prepared, { limit, cursor }: SimulationRequest['page']): Promise<object> {
    const { summary, cases } = await prepared(unwatched);
    return { ...summary, cases: casesOn(cases, { limit, cursor: cursor ?? undefined }, '/page/cursor') };
  }

  async #each(
    cases: Cases,
    control: RunControl,
    work: (one: SimulationCase) => object | undefined,
  ): Promise<readonly object[]> {
    const kept: object[] = [];
    const slices = new Slices();
    let done = 0;
    control.step(0, cases.total);
    for await (const one of cases.items) {
      const made = work(one);
      if (made !== undefined) kept.push(made);
      done += 1;
      const turn = slices.turn();
      if (turn === undefined) continue;
      await turn;
      control.step(done, cases.total);
    }
    control.step(done, done);
    return kept;
  }

  async #over(
    asker: Caller,
    { dataset, with_policies }: Pick<SimulationRequest, 'dataset' | 'with_policies'>,
    rules: readonly RuleV1[],
  ): Promise<{ readonly cases: Cases; readonly policies: CompiledPolicies | null }> {
    const cases = await this.#cases(asker, dataset, rules);
    // Recorded requests were decided by both layers, so a replay includes the guardrails.
    return {
      cases,
      policies:
        with_policies || dataset.kind === 'replay'
          ? await this.tenant.guardrails(asker.tenantId, asker.position)
          : null,
    };
  }

  async #cases({ tenantId, teams }: Caller, dataset: DatasetRef, rules: readonly RuleV1[]): Promise<Cases> {
    switch (dataset.kind) {
      case 'fixtures':
        return { items: simulationFixtures, total: simulationFixtures.length, describe: () => ({}) };
      case 'synthetic': {
        const { count, seed } = dataset;
        return {
          items: syntheticCases({ rules, actionTypes: await this.catalogue.list(tenantId), count, seed }),
          total: count,
          describe: () => ({ count, seed }),
        };
      }
      case 'custom': {
        refuseViolations(
          caseViolations(dataset.cases, await this.catalogue.fields(tenantId), '/dataset/cases'),
          'the body',
        );
        return {
          items: namedCases(dataset.cases),
          total: dataset.cases.length,
          describe: () => ({ count: dataset.cases.length }),
        };
      }
      case 'replay': {
        const range = rangeOf(dataset, nowText(), replayEvaluations.usual, { pointer: '/dataset' });
        const until = (await this.store.head()) ?? { commit: 0n, prepare: 0n };
        const evaluations = new RecordedEvaluations(
          this.evaluations,
          tenantId,
          { ...range, until },
          await this.tenant.visible(tenantId, teams),
        );
        const items = async function* (): AsyncGenerator<SimulationCase> {
          for await (const evaluation of evaluations) yield recordedCase(evaluation);
        };
        return {
          items: items(),
          total: null,
          describe: () => ({
            from: range.from,
            to: range.to,
            position: positionText(until),
            max_evaluations: range.most,
            evaluations: evaluations.count,
            capped: evaluations.capped,
          }),
        };
      }
    }
  }

  async #bundle({ tenantId, teams, position }: Caller, of: BundleRef, pointer: string): Promise<Resolved> {
    if ('bundle' in of) {
      // A draft without a version may be simulated too.
      const content = await this.#draft(
        tenantId,
        typeof of.bundle === 'object' ? { version: '0.0.0', ...of.bundle } : of.bundle,
        pointer,
      );
      const hash = bundleHash(content);
      return {
        bundle: evaluableBundle({
          bundle_id: '',
          version: content.version,
          bundle_hash: hash,
          rules: content.rules,
        }),
        rules: content.rules,
        bundle_id: null,
      };
    }
    await this.bundles.atLeast(position);
    const { view } =
      'bundle_id' in of
        ? await this.bundles.byId(tenantId, of.bundle_id, teams)
        : await this.bundles.byVersion(tenantId, of.version, teams);
    const { id, version, bundle_hash, rules } = view as {
      readonly id: string;
      readonly version: string;
      readonly bundle_hash: string;
      readonly rules: readonly RuleV1[];
    };
    return { bundle: evaluableBundle({ bundle_id: id, version, bundle_hash, rules }), rules, bundle_id: id };
  }

  async #draft(tenantId: string, input: unknown, pointer: string): Promise<ReturnType<typeof checkBundle>> {
    try {
      return checkBundle(input, await this.catalogue.fields(tenantId));
    } catch (error) {
      if (!(error instanceof ProblemError) || error.code !== 'bundle-invalid') throw error;
      throw new ProblemError('bundle-invalid', error.detail, {
        violations: error.violations.map((violation) => ({
          ...violation,
          pointer: `${pointer}${violation.pointer}`,
        })),
        cause: error,
      });
    }
  }
}
