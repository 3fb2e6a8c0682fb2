import { Inject, Injectable } from '@nestjs/common';
import type { Timestamp } from '@interlock/contracts';
import {
  type CommandContext,
  type EventStore,
  isProblem,
  positionOrNull,
  ProblemError,
  type RecordedEvent,
} from '@interlock/kernel';
import { EVENT_STORE, isChangeRequested, type ChangeRequestedDto, type Principal } from '@interlock/platform';
import {
  bundleStream,
  decideActivation,
  rolloutStream,
  type AskedActivation,
  type CanaryPromoted,
  type GateReport,
  type RolloutCommand,
  type RolloutEvent,
  type RolloutSettings,
  type RolloutState,
} from '@interlock/policy';
import { BundleHandler, RolloutHandler } from '../handlers.js';
import { LintService } from '../bundles/lint.service.js';
import { present, type PresentBundle } from '../bundles/present.js';
import type { SettingsDto } from './rollout.dto.js';
import { standingOf, type JudgedRollout } from './rollout.views.js';
import { RegistrySettings } from '../registry-settings.js';
import { RolloutJudge } from './rollout.judge.js';
import { RolloutsQueries } from './rollouts.queries.js';
import { TenantRules } from '../simulate/tenant-rules.js';

/** The result of a command. `revision` is that of the bundle's own stream. */
export type WrittenRollout = {
  readonly state: RolloutState;
  readonly bundle: PresentBundle;
  readonly revision: bigint;
  readonly position: string | null;
  readonly events: readonly RolloutEvent[];
};

/** The rollout of the whole tenant. */
const everyone = 'all';

/** The commands of people on rollouts. Each is decided on the stream of the rollout. */
@Injectable()
export class RolloutService {
  constructor(
    @Inject(EVENT_STORE) private readonly store: EventStore,
    private readonly bundles: BundleHandler,
    private readonly rollouts: RolloutHandler,
    private readonly queries: RolloutsQueries,
    private readonly judge: RolloutJudge,
    private readonly tenant: TenantRules,
    private readonly lints: LintService,
    private readonly tenantSettings: RegistrySettings,
  ) {}

  /**
   * Activates a bundle: it is released, and starts as the canary, or as the active bundle if there
   * is none.
   * The two appends go to two streams. A crash between them leaves a released bundle that decides
   * nothing. The next activation, with the same key or another one, continues from there.
   * Throws `not-found` and the errors of `decideActivation`.
   */
  async activate(
    tenantId: string,
    bundleId: string,
    asked: AskedActivation,
    context: CommandContext,
  ): Promise<WrittenRollout> {
    const { bundle: before, scope } = await this.#bundle(tenantId, bundleId);
    const team = before.team ?? null;
    const { state: rollout } = await this.rollouts.load(rolloutStream(tenantId, scope));
    const { release, begin } = decideActivation(asked, {
      bundle: before,
      rollout,
      against: (await this.tenant.active(tenantId, team))?.bundle_hash ?? null,
      unmet: await this.lints.unmetDemands(tenantId, before.content, team),
    });
    const { state, revision } = await this.bundles.handle(bundleStream(tenantId, bundleId), release, context);
    const result = await this.rollouts.handle(rolloutStream(tenantId, scope), begin, context);
    return {
      state: result.state,
      bundle: present(state, bundleId),
      revision,
      position: positionOrNull(result.position),
      events: result.events,
    };
  }

  /**
   * Returns the gates of a canary's stage on current counts. Throws `not-found`,
   * `read-model-behind`, or `wrong-state` if the bundle is not a canary.
   */
  async checkGates(tenantId: string, bundleId: string): Promise<GateReport> {
    const { report, now } = await this.gates(tenantId, bundleId);
    if (report === null)
      throw new ProblemError('wrong-state', 'the bundle is not a canary', {
        members: { state: standingOf(now.state, bundleId).status },
      });
    return report;
  }

  /**
   * Does the same for a bundle that may not be a canary. Throws `not-found`, `read-model-behind`.
   */
  async gates(tenantId: string, bundleId: string): Promise<JudgedRollout> {
    await this.queries.current();
    return this.standing(tenantId, bundleId);
  }

  /** Does the same with the read model as it is, for display. Throws `not-found`. */
  async standing(tenantId: string, bundleId: string): Promise<JudgedRollout> {
    const { bundle, scope } = await this.#bundle(tenantId, bundleId);
    const now = await this.queries.one(tenantId, scope);
    return {
      now,
      bundle,
      report: now.state.canary?.bundle_id === bundleId ? await this.judge.judge(now) : null,
    };
  }

  /**
   * Promotes a canary. A repeat of the same command returns the current state, even if the gates
   * have changed.
   */
  async promote(
    tenantId: string,
    bundleId: string,
    asked: { readonly to_pct?: number; readonly reason: string | null },
    context: CommandContext,
  ): Promise<WrittenRollout> {
    const { report } = await this.gates(tenantId, bundleId);
    try {
      return await this.#do(
        tenantId,
        bundleId,
        {
          kind: 'PromoteCanary',
          bundle_id: bundleId,
          trigger: 'person',
          ...asked,
          verdicts: report,
          now: context.now,
        },
        context,
      );
    } catch (error) {
      if (!isProblem(error, 'idempotency-conflict')) throw error;
      const { bundle, scope, revision } = await this.#bundle(tenantId, bundleId);
      const { data, position } = (await this.#written(rolloutStream(tenantId, scope), context.commandId)) ?? {
        data: {},
        position: null,
      };
      const { bundle_id, to_pct, reason } = data as Partial<CanaryPromoted['data']>;
      if (
        bundle_id !== bundleId ||
        reason !== asked.reason ||
        (asked.to_pct !== undefined && asked.to_pct !== to_pct)
      )
        throw error;
      const { state } = await this.rollouts.load(rolloutStream(tenantId, scope));
      return { state, bundle, revision, position: positionOrNull(position), events: [] };
    }
  }

  /** Rolls back a bundle without waiting for a read model, so the event carries no gate report. */
  rollBack(
    tenantId: string,
    bundleId: string,
    reason: string,
    context: CommandContext,
  ): Promise<WrittenRollout> {
    return this.#do(
      tenantId,
      bundleId,
      { kind: 'RollBackBundle', bundle_id: bundleId, trigger: 'person', reason, verdicts: null },
      context,
    );
  }

  hold(
    tenantId: string,
    bundleId: string,
    reason: string,
    until: Timestamp | null,
    context: CommandContext,
  ): Promise<WrittenRollout> {
    return this.#do(
      tenantId,
      bundleId,
      { kind: 'HoldCanary', bundle_id: bundleId, reason, until, now: context.now },
      context,
    );
  }

  release(
    tenantId: string,
    bundleId: string,
    reason: string,
    context: CommandContext,
  ): Promise<WrittenRollout> {
    return this.#do(tenantId, bundleId, { kind: 'ReleaseCanary', bundle_id: bundleId, reason }, context);
  }

  schedule(
    tenantId: string,
    bundleId: string,
    at: Timestamp,
    context: CommandContext,
  ): Promise<WrittenRollout> {
    return this.#do(
      tenantId,
      bundleId,
      { kind: 'SchedulePromotion', bundle_id: bundleId, at, now: context.now },
      context,
    );
  }

  unschedule(tenantId: string, bundleId: string, context: CommandContext): Promise<WrittenRollout> {
    return this.#do(tenantId, bundleId, { kind: 'UnschedulePromotion', bundle_id: bundleId }, context);
  }

  async bypass(
    tenantId: string,
    team: string | null,
    command: Extract<RolloutCommand, { readonly kind: 'BypassPolicy' | 'EndBypass' }>,
    context: CommandContext,
  ): Promise<Pick<WrittenRollout, 'state' | 'position'>> {
    const result = await this.rollouts.handle(rolloutStream(tenantId, team ?? everyone), command, context);
    return { state: result.state, position: positionOrNull(result.position) };
  }

  async settings(
    tenantId: string,
    team: string | null,
  ): Promise<{ readonly settings: RolloutSettings; readonly revision: bigint }> {
    const { state, revision } = await this.rollouts.load(rolloutStream(tenantId, team ?? everyone));
    return { settings: state.settings, revision };
  }

  async configure(
    tenantId: string,
    team: string | null,
    given: SettingsDto,
    principal: Principal,
    context: CommandContext,
  ): Promise<{ readonly settings: RolloutSettings; readonly position: string | null } | ChangeRequestedDto> {
    const { settings } = await this.settings(tenantId, team);
    const merged: RolloutSettings = {
      ...settings,
      ...given,
      gates: { ...settings.gates, ...given.gates },
      critical: { ...settings.critical, ...given.critical },
    };
    const { changes, rollout } = this.tenantSettings;
    const result = await changes.write(rollout, {
      stream: rolloutStream(tenantId, team ?? everyone),
      command: { kind: 'ConfigureRollout', settings: merged },
      principal,
      context,
    });
    if (isChangeRequested(result)) return result;
    return { settings: result.state.settings, position: positionOrNull(result.position) };
  }

  async #do(
    tenantId: string,
    bundleId: string,
    command: RolloutCommand,
    context: CommandContext,
  ): Promise<WrittenRollout> {
    const { bundle, scope, revision } = await this.#bundle(tenantId, bundleId);
    const result = await this.rollouts.handle(rolloutStream(tenantId, scope), command, context);
    return {
      state: result.state,
      bundle,
      revision,
      position: positionOrNull(result.position),
      events: result.events,
    };
  }

  /** Returns the last event that a command wrote; undefined if it wrote none. */
  async #written(stream: string, commandId: string): Promise<RecordedEvent | undefined> {
    for await (const event of this.store.read(stream, { backwards: true }))
      if (event.metadata.command_id === commandId) return event;
    return undefined;
  }

  async #bundle(
    tenantId: string,
    bundleId: string,
  ): Promise<{ readonly bundle: PresentBundle; readonly scope: string; readonly revision: bigint }> {
    const { state, revision } = await this.bundles.load(bundleStream(tenantId, bundleId));
    const bundle = present(state, bundleId);
    return { bundle, scope: bundle.team ?? everyone, revision };
  }
}
