import {
  parseStream,
  systemTenant,
  type ActionTypeV1,
  type ThresholdShift,
  type Timestamp,
} from '@interlock/contracts';
import {
  autoApprovalDecider,
  defaultAutoApprovalConfig,
  defaultTimeZone,
  modeDecider,
  shiftedThresholds,
  thresholdDecider,
  thresholdType,
  type AutoApprovalConfig,
  type ThresholdEvent,
  type ThresholdState,
} from '@interlock/autonomy';
import {
  contentHash,
  positionText,
  ProblemError,
  type Recorded,
  type RecordedEvent,
} from '@interlock/kernel';
import {
  bundleDecider,
  compilePolicies,
  HistoryIndex,
  noPolicies,
  policyDecider,
  rolloutDecider,
  TeamIndex,
  type ActionTypeRegistered,
  type BundleEvent,
  type BundleState,
  type CompiledPolicies,
  DeviceFacts,
  type DerivedInputs,
  type PolicyEvent,
  type PolicyV1,
  type RolloutEvent,
} from '@interlock/policy';
import { RolloutIndexes, type RoutedRules } from './rollout-index.js';

/** What of a request says which bundle decides it. */
type Routed = {
  readonly agent: string;
  readonly accountId: string | undefined;
  readonly entityId: string | undefined;
};
/** What a tenant's evaluations go by, at one position of the log; never changed, only replaced. */
export type TenantRules = {
  readonly policies: CompiledPolicies;
  /** Which bundle decides a request; throws where one is not what was activated. */
  readonly route: (asked: Routed) => RoutedRules;
  readonly autoApproval: {
    readonly config: AutoApprovalConfig;
    /** Revision of its stream, `default` before there is one. */
    readonly version: string;
  };
  /**
   * The auto-approval policy for one action type, with the thresholds that adaptive thresholds have
   * moved.
   */
  readonly autoApprovalOf: (actionType: string) => AdaptedAutoApproval;
  readonly timeZone: string;
};
/** `shift` is absent where the tenant has not opted in for the action type. */
type AdaptedAutoApproval = TenantRules['autoApproval'] & { readonly shift?: ThresholdShift };

type Tenant = {
  readonly policies: Map<string, PolicyV1>;
  readonly bundles: Map<string, BundleState>;
  readonly rollouts: RolloutIndexes;
  autoApproval: TenantRules['autoApproval'];
  /** By action type: how the adaptive thresholds stand, and the revision that says so. */
  readonly thresholds: Map<string, { readonly state: ThresholdState; readonly revision: string }>;
  timeZone: string;
  /** Made on first use after a change. */
  compiledPolicies: CompiledPolicies | undefined;
};

const noAutoApproval: TenantRules['autoApproval'] = { config: defaultAutoApprovalConfig, version: 'default' };
const nothing: TenantRules = {
  policies: noPolicies,
  route: () => ({ floor: null, bundle: null, shadow: null, stage: null, team: null }),
  autoApproval: noAutoApproval,
  autoApprovalOf: () => noAutoApproval,
  timeZone: defaultTimeZone,
};

const adapted = ({ autoApproval, thresholds }: Tenant, actionType: string): AdaptedAutoApproval => {
  const adapting = thresholds.get(actionType);
  if (adapting === undefined || adapting.state.target_share === null) return autoApproval;
  const {
    state: { shift },
    revision,
  } = adapting;
  const { config, version } = autoApproval;
  return {
    config: {
      ...config,
      confidence_thresholds: shiftedThresholds(config.confidence_thresholds, shift),
    },
    version,
    shift: { shift, revision },
  };
};

const known = {
  policy: new Set<string>(policyDecider.types),
  bundle: new Set<string>(bundleDecider.types),
  rollout: new Set<string>(rolloutDecider.types),
} as const;

const knownThreshold = new Set<string>(thresholdDecider.types);

/**
 * The policies, bundles, catalogue, auto-approval configurations and devices of every tenant,
 * folded from the log.
 */
export class PolicyIndex {
  readonly #tenants = new Map<string, Tenant>();
  readonly #teams = new TeamIndex();
  readonly #devices = new DeviceFacts();
  readonly #actionTypes = new Map<string, ActionTypeV1>();

  /** Of the last event of a rollout. */
  #rolledOut = '0';

  static readonly prefixes = [
    'policy-',
    'bundle-',
    'rollout-',
    'action_type-',
    'autonomy-',
    ...TeamIndex.prefixes,
    ...DeviceFacts.prefixes,
  ] as const;

  /** `history`: what went before; it is followed by itself. */
  constructor(
    private readonly history: { readonly work: Pick<HistoryIndex, 'take' | 'derived'> } = {
      work: new HistoryIndex(),
    },
  ) {}

  /**
   * Folds one event. Throws on an event of a policy, bundle or rollout that this release does not
   * know: nothing is decided on half of the rules.
   */
  readonly fold = (event: RecordedEvent): void => {
    const stream = parseStream(event.stream);
    if (stream === undefined) return;
    const { category, tenant, id } = stream;
    if (category in known && !known[category as keyof typeof known].has(event.type)) {
      throw new ProblemError(
        'unknown-event-type',
        `\`${event.type}\` in stream \`${event.stream}\` is not known to this evaluator`,
        { remedy: 'run the newer release' },
      );
    }
    switch (category) {
      case 'policy':
        return this.#policy(tenant, event as unknown as Recorded<PolicyEvent>);
      case 'bundle':
        return this.#bundle(tenant, id, event as unknown as Recorded<BundleEvent>);
      case 'rollout':
        this.#rolledOut = positionText(event.position);
        return this.#tenant(tenant).rollouts.fold(id, event as unknown as Recorded<RolloutEvent>);
      case 'team':
        return this.#teams.fold(event);
      case 'device':
        return this.#devices.take(event);
      case 'action_type':
        return this.#actionType(tenant, event);
      case 'autonomy':
        return this.#autonomy(tenant, id, event);
      case 'action':
        return this.history.work.take(event);
    }
  };

  /** What a tenant's evaluations go by now. */
  rules(tenantId: string): TenantRules {
    const tenant = this.#tenants.get(tenantId);
    if (tenant === undefined) return nothing;
    tenant.compiledPolicies ??= compilePolicies([...tenant.policies.values()]);
    return {
      policies: tenant.compiledPolicies,
      route: ({ agent, accountId, entityId }) =>
        tenant.rollouts.route(tenantId, this.#teams.teamOf(tenantId, agent, accountId), entityId),
      autoApproval: tenant.autoApproval,
      autoApprovalOf: (actionType) => adapted(tenant, actionType),
      timeZone: tenant.timeZone,
    };
  }

  /** A tenant's own action type before the built-in one of that name. */
  actionType(tenantId: string, name: string): ActionTypeV1 | undefined {
    return this.#actionTypes.get(`${tenantId}/${name}`) ?? this.#actionTypes.get(`${systemTenant}/${name}`);
  }

  /** `history.*`, `system.*` and `device.*` of a request, as far as the log tells them. */
  derived(
    tenantId: string,
    request: { readonly entity_id?: string; readonly action_type?: string },
    at: Timestamp,
  ): DerivedInputs {
    return {
      ...this.history.work.derived(tenantId, request, at),
      ...(request.entity_id === undefined ? {} : { device: this.#devices.of(tenantId, request.entity_id) }),
    };
  }

  /** What decides for every tenant, as one hash, and the position of the event that made it so. */
  activeBundles(): { readonly version: string; readonly hash: string } {
    const active = [...this.#tenants]
      .map(([tenant, { rollouts }]) => [tenant, rollouts.active()] as const)
      .filter(([, of]) => of.length > 0)
      .sort(([a], [b]) => (a < b ? -1 : 1));
    return { version: this.#rolledOut, hash: contentHash(active) };
  }

  #tenant(tenantId: string): Tenant {
    const present = this.#tenants.get(tenantId);
    if (present !== undefined) return present;
    const bundles = new Map<string, BundleState>();
    const fresh: Tenant = {
      policies: new Map(),
      bundles,
      rollouts: new RolloutIndexes(bundles),
      autoApproval: noAutoApproval,
      thresholds: new Map(),
      timeZone: defaultTimeZone,
      compiledPolicies: undefined,
    };
    this.#tenants.set(tenantId, fresh);
    return fresh;
  }

  #policy(tenantId: string, { data: { policy } }: Recorded<PolicyEvent>): void {
    const tenant = this.#tenant(tenantId);
    tenant.policies.set(policy.policy_id, policy);
    tenant.compiledPolicies = undefined;
  }

  #bundle(tenantId: string, bundleId: string, event: Recorded<BundleEvent>): void {
    const { bundles } = this.#tenant(tenantId);
    bundles.set(bundleId, bundleDecider.evolve(bundles.get(bundleId) ?? bundleDecider.initial, event));
  }

  #actionType(tenantId: string, event: RecordedEvent): void {
    if (event.type !== 'ActionTypeRegistered') return;
    const { action_type: entry } = event.data as ActionTypeRegistered['data'];
    this.#actionTypes.set(`${tenantId}/${entry.action_type}`, entry);
  }

  #autonomy(tenantId: string, id: string, event: RecordedEvent): void {
    if (id === 'auto_approval' && event.type === 'AutoApprovalConfigured') {
      const { config } = autoApprovalDecider.evolve(autoApprovalDecider.initial, event as never);
      this.#tenant(tenantId).autoApproval = { config, version: `${event.revision}` };
    }
    const adapting = thresholdType(id);
    if (adapting !== undefined) {
      if (!knownThreshold.has(event.type))
        throw new ProblemError(
          'unknown-event-type',
          `\`${event.type}\` in stream \`${event.stream}\` is not known to this evaluator`,
          { remedy: 'run the newer release' },
        );
      const { thresholds } = this.#tenant(tenantId);
      const state = thresholds.get(adapting)?.state ?? thresholdDecider.initial;
      thresholds.set(adapting, {
        state: thresholdDecider.evolve(state, event as unknown as Recorded<ThresholdEvent>),
        revision: `${event.revision}`,
      });
    }
    if (id === 'config' && event.type === 'TimeZoneSet') {
      this.#tenant(tenantId).timeZone = modeDecider.evolve(modeDecider.initial, event as never).time_zone;
    }
  }
}
