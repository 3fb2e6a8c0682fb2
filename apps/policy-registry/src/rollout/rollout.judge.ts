import { Injectable } from '@nestjs/common';
import {
  bundleStream,
  costBounds,
  judgeStage,
  type CanaryBundle,
  type GateReport,
  type RuleV1,
} from '@interlock/policy';
import { BundleHandler } from '../handlers.js';
import type { RolloutNow, Stage } from './rollouts.queries.js';

const mostKept = 100;

/** Evaluates the gates of a canary's stage on the counts of the read model. */
@Injectable()
export class RolloutJudge {
  /** The rules of released bundles, which never change. */
  readonly #rules = new Map<string, readonly RuleV1[]>();

  constructor(private readonly bundles: BundleHandler) {}

  /** Returns the current stage of a canary; undefined if the read model has another one. */
  stageOf({ stages }: RolloutNow, canary: CanaryBundle): Stage | undefined {
    return stages.find(
      ({ bundle_id, stage, pct }) =>
        bundle_id === canary.bundle_id && stage === canary.stage && pct === canary.canary_pct,
    );
  }

  /** Returns null if no canary runs or its stage has no counts; then nothing is promoted. */
  async judge(now: RolloutNow): Promise<GateReport | null> {
    const { canary, active, settings } = now.state;
    if (canary === null || active === null) return null;
    const stage = this.stageOf(now, canary);
    if (stage === undefined) return null;
    const bounds = costBounds(
      await this.#rulesOf(now.tenant_id, canary.bundle_id),
      await this.#rulesOf(now.tenant_id, active.bundle_id),
    );
    return judgeStage(stage.counts, canary.canary_pct, settings, bounds);
  }

  async #rulesOf(tenantId: string, bundleId: string): Promise<readonly RuleV1[]> {
    const key = `${tenantId}/${bundleId}`;
    const known = this.#rules.get(key);
    if (known !== undefined) return known;
    const { state } = await this.bundles.load(bundleStream(tenantId, bundleId));
    if (state.status !== 'released') throw new Error('a bundle that decides is not released');
    if (this.#rules.size >= mostKept) this.#rules.clear();
    this.#rules.set(key, state.content.rules);
    return state.content.rules;
  }
}
