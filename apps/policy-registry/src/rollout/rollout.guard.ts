import { Inject, Injectable } from '@nestjs/common';
import { contentHash, isProblem, nextLookMs } from '@interlock/kernel';
import {
  ConditionAlerts,
  newId,
  nowText,
  SERVICE_CONTEXT,
  type ServiceContext,
  serviceCommandContext,
} from '@interlock/platform';
import {
  dwellEnd,
  incidentAnswer,
  isHeld,
  pageKey,
  rolloutStream,
  type ActiveBundle,
  type GateReport,
  type RolloutCommand,
} from '@interlock/policy';
import { RolloutHandler } from '../handlers.js';
import { RolloutJudge } from './rollout.judge.js';
import { RolloutsQueries, type OpenIncident, type RolloutNow } from './rollouts.queries.js';

const everyMs = 500;
/** Rollouts without a canary are checked only for incidents, and less often. */
const incidentsEveryMs = 5000;
/**
 * Errors of the decider that mean that another instance was faster or the time has not come. They
 * are only logged for debugging.
 */
const expected = [
  'idempotency-conflict',
  'wrong-state',
  'gates-not-passed',
  'dwell-not-over',
  'canary-held',
  'read-model-behind',
  'database-unavailable',
  'log-unavailable',
] as const;
/** Errors after which the bundle no longer decides. */
const settled = ['idempotency-conflict', 'wrong-state'] as const;

/**
 * Acts on rollouts without a request: it rolls back bundles that are shown to be bad, promotes
 * canaries that are due, ends bypasses, and responds to open incidents.
 * INVARIANT: it promotes only on current counts. It also rolls back on older counts, because what
 * they have shown remains true.
 * Each command id is derived from the stage that it is about, so several instances or a restart run
 * it only once. An error during the evaluation changes nothing.
 */
@Injectable()
export class RolloutGuard {
  #timer: NodeJS.Timeout | undefined;
  #looking: Promise<void> | undefined;
  #stopped = true;
  #incidentsAt = 0;
  #looksInVain = 0;
  readonly #failed: ConditionAlerts;
  readonly #logger: ServiceContext['logger'];

  constructor(
    private readonly rollouts: RolloutHandler,
    private readonly queries: RolloutsQueries,
    private readonly judge: RolloutJudge,
    @Inject(SERVICE_CONTEXT) context: ServiceContext,
  ) {
    this.#logger = context.logger;
    this.#failed = new ConditionAlerts('rollback_failed', context);
  }

  start(): void {
    this.#stopped = false;
    this.#next();
  }

  async stop(): Promise<void> {
    this.#stopped = true;
    clearTimeout(this.#timer);
    await this.#looking;
  }

  #next(): void {
    if (this.#stopped) return;
    this.#timer = setTimeout(
      () => {
        void this.look().finally(() => this.#next());
      },
      nextLookMs(this.#looksInVain, everyMs),
    );
  }

  /** Checks once everything that may be due. */
  look(): Promise<void> {
    this.#looking ??= this.#look()
      .catch((error: unknown) => this.#tell(error, {}))
      .finally(() => {
        this.#looking = undefined;
      });
    return this.#looking;
  }

  async #look(): Promise<void> {
    const now = performance.now();
    const incidentsToo = now >= this.#incidentsAt;
    const watched = await this.queries.watched(incidentsToo);
    if (incidentsToo) this.#incidentsAt = now + incidentsEveryMs;
    this.#looksInVain = watched.length === 0 ? this.#looksInVain + 1 : 0;
    if (incidentsToo) await this.#endOthers(watched);
    if (watched.length === 0) return;
    const current = await this.#current();
    for (const { tenant_id: tenantId, scope } of watched) {
      if (this.#stopped) return;
      try {
        await this.#one(await this.queries.one(tenantId, scope), current);
      } catch (error) {
        this.#tell(error, { tenant_id: tenantId, scope });
      }
    }
  }

  /**
   * Ends the alerts of rollouts with nothing left to roll back, because their bundles no longer
   * decide.
   */
  async #endOthers(
    watched: readonly { readonly tenant_id: string; readonly scope: string }[],
  ): Promise<void> {
    const known = new Set(watched.map(({ tenant_id, scope }) => `${tenant_id} ${failedSubject(scope)}`));
    for (const key of this.#failed.holding().filter((one) => !known.has(one))) {
      const [tenant_id = '', subject = ''] = key.split(' ');
      await this.#failed.look({ tenant_id, subject, detail: 'the bundle no longer decides' }, false);
    }
  }

  async #current(): Promise<boolean> {
    try {
      await this.queries.current();
      return true;
    } catch (error) {
      if (!isProblem(error, 'read-model-behind') && !isProblem(error, 'log-unavailable')) throw error;
      this.#tell(error, {});
      return false;
    }
  }

  #tell(error: unknown, about: object): void {
    if (expected.some((code) => isProblem(error, code)))
      this.#logger.debug({ err: error, ...about }, 'the rollout guard waits');
    else
      this.#logger.error(
        { err: error, ...about },
        'the rollout guard could not judge: everything stays as it is',
      );
  }

  async #one(rollout: RolloutNow, current: boolean): Promise<void> {
    const {
      state: { bypass, canary, active },
    } = rollout;
    const now = nowText();
    if (bypass !== null && now >= bypass.until)
      await this.#do(rollout, `bypass ${bypass.since} ${bypass.until}`, {
        kind: 'EndBypass',
        reason: 'elapsed',
        now,
      });
    if (await this.#incidents(rollout, now)) return;
    if (canary === null || active === null) return;
    const report = await this.judge.judge(rollout);
    if (report === null) return;
    const { bundle_id, canary_pct, stage } = canary;
    const because = rollbackReason(report);
    if (because !== null) {
      await this.#rollBack(rollout, `${bundle_id} ${stage} rollback`, {
        kind: 'RollBackBundle',
        bundle_id,
        at_pct: canary_pct,
        trigger: 'automatic',
        reason: because,
        verdicts: report,
      });
      return;
    }
    const trigger = current ? this.#due(rollout, report, now) : null;
    if (trigger !== null)
      await this.#do(rollout, `${bundle_id} ${stage} promote`, {
        kind: 'PromoteCanary',
        bundle_id,
        from_pct: canary_pct,
        trigger,
        reason: null,
        verdicts: report,
        now,
      });
  }

  /** Returns the trigger of a promotion that needs no person now; null if none is due. */
  #due(
    { state: { canary, bypass, settings } }: RolloutNow,
    { evidence }: GateReport,
    now: string,
  ): 'automatic' | 'scheduled' | null {
    if (
      canary === null ||
      bypass !== null ||
      isHeld(canary, now) ||
      Date.parse(now) < Date.parse(dwellEnd(canary, settings))
    )
      return null;
    if (evidence.outcome !== 'promote') return null;
    if (canary.scheduled !== null && Date.parse(now) >= Date.parse(canary.scheduled.at)) return 'scheduled';
    return settings.auto_promote ? 'automatic' : null;
  }

  /** Returns whether an incident caused a rollback. */
  async #incidents(rollout: RolloutNow, now: string): Promise<boolean> {
    const {
      state: { canary, active, settings },
      stages,
    } = rollout;
    for (const incident of rollout.incidents) {
      const bundle = bundleOf(incident, canary, active);
      if (bundle === null) continue;
      const { executions, errors } = stages.find(({ bundle_id: id }) => id === bundle.bundle_id)?.counts ?? {
        executions: 0,
        errors: 0,
      };
      const ageMs = Date.parse(now) - Date.parse(bundle.activated_at);
      const answer = incidentAnswer(settings, ageMs, executions, errors);
      if (answer === null) continue;
      const reason = `incident \`${incident.incident_id}\` is open: bundle ${bundle.bundle_version} is ${Math.floor(ageMs / 3_600_000)} h old, ${errors} of ${executions} executions failed`;
      const about = { bundle_id: bundle.bundle_id, incident_id: incident.incident_id, reason };
      const name = `${bundle.bundle_id} incident ${incident.incident_id}`;
      if (answer === 'rollback') {
        await this.#rollBack(rollout, `${name} rollback`, {
          kind: 'RollBackBundle',
          ...about,
          at_pct: bundle.canary_pct,
          trigger: 'incident',
          verdicts: null,
        });
        return true;
      }
      if (answer === 'hold' && bundle === canary) {
        if (!isHeld(canary, now))
          await this.#do(rollout, `${name} hold ${canary.stage}`, {
            kind: 'HoldCanary',
            ...about,
            until: null,
            now,
          });
      } else if (!rollout.state.paged.includes(pageKey(about)))
        await this.#do(rollout, `${name} page`, { kind: 'PageForBundle', ...about });
    }
    return false;
  }

  /**
   * Rolls a bundle back. A failure raises an alert, because the bundle still decides; a later
   * success ends it.
   */
  async #rollBack(
    rollout: RolloutNow,
    name: string,
    command: Extract<RolloutCommand, { readonly kind: 'RollBackBundle' }>,
  ): Promise<void> {
    const { tenant_id, scope } = rollout;
    const alert = { tenant_id, subject: failedSubject(scope) };
    try {
      await this.#do(rollout, name, command);
    } catch (error) {
      const isSettled = settled.some((code) => isProblem(error, code));
      const detail = isSettled
        ? 'the bundle no longer decides'
        : `the bundle \`${command.bundle_id}\` could not be rolled back, so it still decides`;
      await this.#failed.look({ ...alert, detail }, !isSettled);
      throw error;
    }
    await this.#failed.look({ ...alert, detail: 'the bundle was rolled back' }, false);
  }

  async #do(
    { tenant_id: tenantId, scope }: RolloutNow,
    name: string,
    command: RolloutCommand,
  ): Promise<void> {
    const { events, repeated } = await this.rollouts.handle(
      rolloutStream(tenantId, scope),
      command,
      serviceCommandContext('policy-registry', tenantId, {
        commandId: `guard:${contentHash({ scope, name })}`,
        correlationId: newId(),
      }),
    );
    for (const event of repeated ? [] : events)
      this.#logger.info(
        { tenant_id: tenantId, scope, event: event.type, trigger: name },
        'the rollout guard acted',
      );
  }
}

/** Returns the subject of the alert about a failed rollback. */
const failedSubject = (scope: string): string => `rollout/${scope}`;

/**
 * Returns why a bundle must be rolled back: the evidence shows it, or a figure exceeds its critical
 * limit on enough decisions. Returns null otherwise.
 */
const rollbackReason = ({ evidence, threshold_verdict: plain }: GateReport): string | null => {
  if (evidence.outcome === 'rollback')
    return `shown to be beyond its critical limit: ${evidence.broken.join(', ')}`;
  return plain.outcome === 'rollback' ? `beyond its critical limit: ${plain.critical.join(', ')}` : null;
};

/**
 * Returns the bundle that an incident is about: the one that decided its action or, without an
 * action, the newest deciding one. Returns null if that bundle no longer decides.
 */
const bundleOf = (
  incident: OpenIncident,
  canary: ActiveBundle | null,
  active: ActiveBundle | null,
): ActiveBundle | null => {
  if (incident.bundle_id === null)
    return (
      [canary, active].find(
        (bundle) =>
          bundle !== null && Date.parse(bundle.activated_at) <= new Date(incident.opened_at).getTime(),
      ) ?? null
    );
  return [canary, active].find((bundle) => bundle?.bundle_id === incident.bundle_id) ?? null;
};
