import { comparePositions, isObject, parsePosition, sameJson, type RecordedEvent } from '@interlock/kernel';
import {
  actionTypeDecided,
  actionTypeStream,
  bundleDecided,
  compilePolicies,
  policyDecided,
  teamDecided,
  evaluateRecorded,
  evaluationOf,
  HistoryIndex,
  RecordedCache,
  rolloutDecider,
  routeForTeam,
  TeamMembers,
  type ActionTypeRegistered,
  type BesidePolicy,
  type BundleCommand,
  type BundleEvent,
  type BundleState,
  type CompiledPolicies,
  DeviceFacts,
  type DerivedInputs,
  type RecordedEvaluation,
  type PolicyEvent,
  type PolicyV1,
  type RecordedBundle,
  type RolloutState,
  type TeamDefined,
} from '@interlock/policy';
import {
  systemTenant,
  type AcceptedActionType,
  type Reason,
  type SeenEvaluation,
} from '@interlock/contracts';
import { besideOf } from './beside.js';
import { rolloutReplay } from './rollout.js';
import { referenceTo, type ActionState } from '@interlock/rails';
import { compared, type Finding, nameIn } from '../finding.js';
import { contextAgain } from './looks-again.js';
import type { AutoApprovalReplay } from '../autonomy/auto-approval.js';
import type { ModeReplay } from '../autonomy/mode.js';
import type { ThresholdReplay } from '../autonomy/threshold.js';
import type { ReplayedLog } from '../replay-contexts.js';
import { StreamReplay, type StreamOf } from '../stream-replay.js';
import { Versions } from '../checks/versions.js';

type Rules = {
  readonly policies: ReadonlyMap<string, PolicyV1>;
  /**
   * The rollouts of the whole tenant (`all`) and of its teams. Without `all`, nothing is known
   * about them unless the file is the whole log.
   */
  readonly rollouts: ReadonlyMap<string, RolloutState>;
  readonly teams: TeamMembers;
  compiled?: CompiledPolicies;
};
const toleranceMs = 60_000;
const nothingYet = (): Rules => ({ policies: new Map(), rollouts: new Map(), teams: new TeamMembers() });

/**
 * Replays evaluations, of actions and of others, with the versions that they name. These must be
 * the active ones at the position that they name.
 */
export class EvaluationReplay {
  readonly policies = new StreamReplay(policyDecided);
  readonly bundles: StreamReplay<BundleCommand, BundleEvent, BundleState> = new StreamReplay(bundleDecided);
  readonly rollouts = rolloutReplay(this.bundles);
  readonly actionTypes = new StreamReplay(actionTypeDecided);
  readonly teams = new StreamReplay(teamDecided);
  readonly #versions = new Map<string, PolicyV1>();
  readonly #contents = new Map<string, RecordedBundle>();
  readonly #rules = new Map<string, Versions<Rules>>();
  readonly #cache = new RecordedCache();
  readonly #editions = new Map<string, readonly AcceptedActionType[]>();
  readonly #history = new HistoryIndex();
  readonly #devices = new DeviceFacts();

  constructor(
    private readonly modes: ModeReplay,
    private readonly autoApproval: AutoApprovalReplay,
    private readonly thresholds: ThresholdReplay,
    private readonly log: ReplayedLog,
  ) {}

  take(event: RecordedEvent, of: StreamOf): readonly Finding[] {
    switch (of.category) {
      case 'policy':
        return this.#policy(event, of);
      case 'bundle':
        return this.#bundle(event, of);
      case 'rollout':
        return this.#rollout(event, of);
      case 'team':
        return this.#team(event, of);
      case 'action_type': {
        const key = `${of.tenant}/${of.id}`;
        const { action_type: edition }: Partial<ActionTypeRegistered['data']> = event.data;
        if (isObject(edition))
          this.#editions.set(key, [...(this.#editions.get(key) ?? []), referenceTo(edition)]);
        return this.actionTypes.take(event, of);
      }
      default:
        return event.type === 'EvaluationRecorded' && this.log.checks(event.stream)
          ? [this.#evaluation(of.tenant, event, event.data as RecordedEvaluation)]
          : [];
    }
  }

  /**
   * Replays the evaluation that a policy gate saw, from a context that is computed from the action
   * and its history.
   */
  seen(
    event: RecordedEvent,
    tenant: string,
    evaluation: SeenEvaluation,
    reasons: readonly Reason[],
    state: ActionState,
  ): readonly Finding[] {
    const whole = evaluationOf(evaluation, reasons, event);
    const { context } = whole.input;
    const again = contextAgain(whole, state, this.#derived(tenant, whole)) ?? context;
    return [
      ...(this.log.whole
        ? []
        : [{ kind: 'history', missing: 'what went before is not all in the file', excused: true } as const]),
      compared('evaluated_context', 'what the evaluation looked at', context, again),
      this.#evaluation(tenant, event, whole),
    ];
  }

  /** Takes an event of a device, which later evaluations use. */
  device(event: RecordedEvent): void {
    this.#devices.take(event);
  }

  /** Takes an event of an action, which belongs to the history of later ones. */
  before(event: RecordedEvent): void {
    this.#history.take(event);
  }

  /**
   * Returns an action type in one of its editions: the tenant's own, else `_system`'s. A tenant's
   * export lacks the built-in ones of `_system`.
   */
  editionOf(
    tenant: string,
    name: string,
    used: AcceptedActionType,
  ): { readonly edition: unknown; readonly known: boolean } {
    const editions = this.#editions.get(`${tenant}/${name}`) ?? this.#editions.get(`${systemTenant}/${name}`);
    const own = editions?.find((edition) => sameJson(edition, used));
    // A part of a log may lack the tenant's own type, and earlier editions.
    const isKnown =
      this.log.whole ||
      this.log.holds(actionTypeStream(name, used.version === undefined ? systemTenant : tenant));
    if (editions === undefined || (own === undefined && !isKnown))
      return { edition: used.action_type === name ? used : { action_type: name }, known: false };
    return { edition: own ?? editions.at(-1), known: true };
  }

  /**
   * What decided beside a policy at an event, at any time that its service may have seen; null if
   * the file lacks part of it.
   */
  beside(event: RecordedEvent, { tenant, id }: StreamOf): readonly BesidePolicy[] | null {
    if (!this.log.whole) return null;
    const within = this.#rules.get(tenant)?.within(event.metadata.occurred_at, toleranceMs) ?? [nothingYet()];
    return besideOf(
      tenant,
      id,
      within,
      this.actionTypes,
      (hash) => this.#contents.get(`${tenant}/${hash}`) ?? null,
    );
  }

  #known(tenant: string): { readonly versions: Versions<Rules>; readonly present: Rules } {
    const versions = this.#rules.get(tenant) ?? new Versions<Rules>();
    this.#rules.set(tenant, versions);
    return { versions, present: versions.present ?? nothingYet() };
  }

  #policy(event: RecordedEvent, of: StreamOf): readonly Finding[] {
    const findings = this.policies.take(event, of);
    const {
      data: { policy },
    } = event as unknown as PolicyEvent;
    this.#versions.set(`${of.tenant}/${policy.policy_id}@${policy.version}`, policy);
    const { versions, present } = this.#known(of.tenant);
    versions.add(event.position, event.metadata.occurred_at, {
      policies: new Map(present.policies).set(policy.policy_id, policy),
      rollouts: present.rollouts,
      teams: present.teams,
    });
    return findings;
  }

  #bundle(event: RecordedEvent, of: StreamOf): readonly Finding[] {
    const { type, data } = event as unknown as BundleEvent;
    if (type === 'BundleCreated' || type === 'BundleUpdated') {
      const { bundle_id, version, rules, notes, metadata, bundle_hash } = data;
      this.#contents.set(`${of.tenant}/${bundle_hash}`, { bundle_id, version, rules, notes, metadata });
    }
    return this.bundles.take(event, of);
  }

  #rollout(event: RecordedEvent, of: StreamOf): readonly Finding[] {
    const findings = this.rollouts.take(event, of);
    const { state, whole } = this.rollouts.of(event.stream)!;
    const { versions, present } = this.#known(of.tenant);
    if (of.id === 'all' && !present.rollouts.has('all') && event.revision === 0n)
      versions.addFirst({
        ...present,
        rollouts: new Map([...present.rollouts, ['all', rolloutDecider.initial]]),
      });
    versions.add(event.position, event.metadata.occurred_at, {
      policies: present.policies,
      rollouts: whole ? new Map([...present.rollouts, [of.id, state]]) : present.rollouts,
      teams: present.teams,
    });
    return findings;
  }

  #team(event: RecordedEvent, of: StreamOf): readonly Finding[] {
    const findings = this.teams.take(event, of);
    const { versions, present } = this.#known(of.tenant);
    versions.add(event.position, event.metadata.occurred_at, {
      policies: present.policies,
      rollouts: present.rollouts,
      teams: present.teams.with(event.data as TeamDefined['data']),
    });
    return findings;
  }

  #evaluation(tenant: string, event: RecordedEvent, data: RecordedEvaluation): Finding {
    const named = Array.isArray(data.versions['policies'])
      ? (data.versions['policies'] as readonly PolicyV1[])
      : [];
    const policies = named.flatMap(
      ({ policy_id, version }) => this.#versions.get(`${tenant}/${policy_id}@${version}`) ?? [],
    );
    const content = (hash: string | null | undefined): RecordedBundle | null =>
      hash === null || hash === undefined ? null : (this.#contents.get(`${tenant}/${hash}`) ?? null);
    const { evaluation: again, differences } = evaluateRecorded(
      data,
      content(data.bundle.bundle_hash),
      policies,
      this.#cache,
      content(data.shadow?.bundle_hash),
    );
    if (again === null) return { kind: 'evaluation', missing: differences.join('; ') };
    const all = [...differences, ...this.#versionsThen(tenant, event, data)];
    return compared(
      'evaluation',
      all.length === 0 ? 'evaluation' : `evaluation \`${data.evaluation_id}\`: ${all.join('; ')}`,
      [],
      all,
    );
  }

  /**
   * Returns the history and the devices, from the log up to the position that the evaluator knew.
   * If the file lacks part of the log, the recorded values are used. The machine's load is recorded
   * nowhere else.
   */
  #derived(tenant: string, { input: { context, at }, position: text }: RecordedEvaluation): DerivedInputs {
    const recorded = (prefix: 'history' | 'system' | 'device') => {
      const values: { [name: string]: string | number | boolean } = {};
      for (const field of Object.keys(context))
        if (field.startsWith(`${prefix}.`)) values[field.slice(prefix.length + 1)] = context[field]!;
      return values;
    };
    const position = parsePosition(text);
    if (position === undefined || !this.log.whole)
      return { history: recorded('history'), system: recorded('system'), device: recorded('device') };
    const { entity_id, action_type } = context as {
      readonly entity_id?: string;
      readonly action_type?: string;
    };
    const again = this.#history.derived(
      tenant,
      {
        ...(entity_id === undefined ? {} : { entity_id }),
        ...(action_type === undefined ? {} : { action_type }),
      },
      at,
      position,
    );
    // Evaluations of earlier releases have no device fields.
    const device = recorded('device');
    return {
      ...again,
      system: { ...recorded('system'), ...again.system },
      ...(Object.keys(device).length === 0 || entity_id === undefined
        ? {}
        : { device: this.#devices.of(tenant, entity_id, position) }),
    };
  }

  /**
   * Compares the evaluation's versions with those that were active at the position up to which the
   * evaluator knew the log.
   */
  #versionsThen(tenant: string, event: RecordedEvent, data: RecordedEvaluation): readonly string[] {
    const { occurred_at: at } = event.metadata;
    const position = parsePosition(data.position);
    if (position === undefined) return ['it names no position'];
    if (comparePositions(position, event.position) > 0) return ['it names a position after its own'];
    const found: string[] = [];
    if (data.input.tenant_id !== tenant || data.input.dry_run !== (data.input.context['dry_run'] === true))
      found.push('its input is not of this tenant, or not as its context says');
    const { known, value = this.log.whole ? nothingYet() : undefined } = this.#rules
      .get(tenant)
      ?.at(position) ?? { known: true, value: undefined };
    if (known && value !== undefined) {
      value.compiled ??= compilePolicies([...value.policies.values()]);
      const active = value.compiled
        .policiesFor(data.input.action_type)
        .map(({ policy: { policy_id, version, content_hash } }) => ({ policy_id, version, content_hash }));
      if (!sameJson(active, data.versions['policies']))
        found.push(
          `the policies active at position ${nameIn(data.position)} were ${JSON.stringify(active)}, not ${JSON.stringify(data.versions['policies'] ?? null)}`,
        );
      found.push(...routedOtherwise(value, tenant, data, this.log.whole));
    }
    const edition = this.autoApproval.held(tenant, at, String(data.versions['auto_approval']));
    if (edition === null)
      found.push(`the auto-approval settings ${nameIn(data.versions['auto_approval'])} did not hold then`);
    else if (
      edition !== undefined &&
      data.confidence_thresholds !== undefined &&
      !sameJson(
        this.thresholds.adapted(edition.config, data.threshold_shift).confidence_thresholds,
        data.confidence_thresholds,
      )
    )
      found.push("the confidence thresholds are not the tenant's");
    const shift = this.thresholds.otherThan(tenant, data.input.action_type, at, data.threshold_shift);
    if (shift !== null) found.push(shift);
    const zones = this.modes.zonesOf(tenant, at, toleranceMs);
    const { time_zone: zone } = data.versions;
    if (zones.length > 0 && !zones.some((one) => one === zone))
      found.push(`the tenant's time zone was ${nameIn(zones[0])}, not ${nameIn(zone)}`);
    return found;
  }
}

/**
 * Compares the routing that the evaluation states with the rollouts for its entity. If the file
 * begins in the middle of the log, the stated team is accepted.
 */
const routedOtherwise = (
  { rollouts, teams }: Rules,
  tenant: string,
  data: RecordedEvaluation,
  whole: boolean,
): readonly string[] => {
  const all = rollouts.get('all') ?? (whole ? rolloutDecider.initial : undefined);
  if (all === undefined) return [];
  const { team: named } = data.versions;
  const { entity_id: entity, account_id: account } = data.input.context;
  const team = whole
    ? teams.teamOf(data.input.agent, typeof account === 'string' ? account : undefined)
    : named;
  const own = typeof team === 'string' ? rollouts.get(team) : undefined;
  if (!whole && typeof team === 'string' && own === undefined) return [];
  const {
    routing: { deciding, shadow, floor },
    byTeam,
  } = routeForTeam(all, own, tenant, typeof entity === 'string' ? entity : undefined);
  const { canary } = byTeam && own !== undefined ? own : all;
  const said = {
    team: named ?? null,
    bundle: data.bundle.bundle_hash,
    variant: data.bundle.variant,
    shadow: data.shadow?.bundle_hash ?? null,
    floor: data.versions['floor'] ?? null,
    stage: data.versions['canary_stage'] ?? null,
  };
  const then = {
    team: byTeam ? team : null,
    bundle: deciding?.bundle.bundle_hash ?? null,
    variant: deciding?.variant ?? 'none',
    shadow: shadow?.bundle.bundle_hash ?? null,
    floor,
    stage: shadow === null ? null : (canary?.stage ?? null),
  };
  return (Object.keys(then) as (keyof typeof then)[])
    .filter((name) => said[name] !== then[name])
    .map(
      (name) =>
        `the ${name} of the rollout at position ${data.position} was ${String(then[name] ?? 'none')}, not ${String(said[name] ?? 'none')}`,
    );
};
