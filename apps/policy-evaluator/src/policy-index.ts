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

/** The parts of a request that select the deciding bundle. */
type Routed = {
  readonly agent: string;
  readonly accountId: string | undefined;
  readonly entityId: string | undefined;
};
/** A tenant's rules at one position of the log. They are never changed, only replaced. */
export type TenantRules = {
  readonly policies: CompiledPolicies;
  /**
   * Selects the bundle that decides a request. Throws if a bundle differs from the activated one.
   */
  readonly route: (asked: Routed) => RoutedRules;
  readonly autoApproval: {
    readonly config: AutoApprovalConfig;
    /** The revision of the stream; `default` before the first event. */
    readonly version: string;
  };
  /** Returns the auto-approval policy for one action type, with its adapted thresholds. */
  readonly autoApprovalOf: (actionType: string) => AdaptedAutoApproval;
  readonly timeZone: string;
};
/** `shift` is absent if the tenant has not opted in for the action type. */
type AdaptedAutoApproval = TenantRules['autoApproval'] & { readonly shift?: ThresholdShift };

type Tenant = {
  readonly policies: Map<string, PolicyV1>;
  readonly bundles: Map<string, BundleState>;
  readonly rollouts: RolloutIndexes;
  autoApproval: TenantRules['autoApproval'];
  /** By action type: the state of the adaptive thresholds, and the revision that defines it. */
  readonly thresholds: Map<string, { readonly state: ThresholdState; readonly revision: string }>;
  timeZone: string;
  /** Compiled on first use after a change. */
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

  /** The revision of the last event of a rollout. */
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

  /** `history` is the index of earlier actions; it has its own follower. */
  constructor(
    private readonly history: { readonly work: Pick<HistoryIndex, 'take' | 'derived'> } = {
      work: new HistoryIndex(),
    },
  ) {}

  /**
   * Folds one event. Throws on an unknown event of a policy, bundle or rollout, because incomplete
   * rules must not decide anything.
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

  /** Returns the tenant's current rules. */
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

  /** Returns the action type of a name. A tenant's own type precedes the built-in one. */
  actionType(tenantId: string, name: string): ActionTypeV1 | undefined {
    return this.#actionTypes.get(`${tenantId}/${name}`) ?? this.#actionTypes.get(`${systemTenant}/${name}`);
  }

  /** Returns `history.*`, `system.*` and `device.*` of a request, as far as the log holds them. */
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

  /**
   * Returns one hash over the deciding bundles of all tenants, and the position of the event that
   * last changed it.
   */
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
