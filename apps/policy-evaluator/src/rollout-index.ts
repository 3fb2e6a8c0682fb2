import { ProblemError, type Recorded } from '@interlock/kernel';
import {
  bundleHash,
  evaluableBundle,
  rolloutDecider,
  routeForTeam,
  type ActiveBundle,
  type BundleState,
  type BundleVariant,
  type EvaluableBundle,
  type RolloutEvent,
  type RolloutFloor,
  type RolloutState,
  type Routing,
} from '@interlock/policy';

/** The compiled bundles for a request: the one that decides, and its shadow. */
export type RoutedRules = {
  readonly floor: RolloutFloor | null;
  readonly bundle: EvaluableBundle | null;
  readonly shadow: EvaluableBundle | null;
  /** The canary stage to which the request belongs; null if no canary runs. */
  readonly stage: string | null;
  /** The team that owns this rollout; null for the tenant's own rollout. */
  readonly team: string | null;
};

/**
 * The evaluator's view of one rollout stream. INVARIANT: the state and its compiled bundles change
 * in one synchronous step, so a request never sees a mixture.
 */
export class RolloutIndex {
  #state: RolloutState = rolloutDecider.initial;
  /**
   * The bundles that decide, run as a canary, or would decide after a rollback, by hash. Each one
   * is compiled once.
   */
  #compiled = new Map<string, EvaluableBundle>();

  constructor(private readonly bundles: ReadonlyMap<string, BundleState>) {}

  get state(): RolloutState {
    return this.#state;
  }

  fold(event: Recorded<RolloutEvent>): void {
    this.#state = rolloutDecider.evolve(this.#state, event);
    const { active, canary, superseded } = this.#state;
    const needed = new Set([active, canary, superseded.at(-1)].map((bundle) => bundle?.bundle_hash));
    for (const hash of this.#compiled.keys()) if (!needed.has(hash)) this.#compiled.delete(hash);
  }

  /**
   * Returns the compiled bundles of a routing. Throws if a bundle differs from the activated one;
   * then nothing is decided.
   */
  compiled({ floor, deciding, shadow }: Routing): Omit<RoutedRules, 'team'> {
    if (deciding === null) return { floor, bundle: null, shadow: null, stage: null };
    return {
      floor,
      bundle: this.#evaluable(deciding),
      shadow: shadow === null ? null : this.#evaluable(shadow),
      stage: this.#state.canary?.stage ?? null,
    };
  }

  #evaluable({
    bundle,
    variant,
  }: {
    readonly bundle: ActiveBundle;
    readonly variant: BundleVariant;
  }): EvaluableBundle {
    const known = this.#compiled.get(bundle.bundle_hash);
    if (known?.variant === variant) return known;
    const made = known === undefined ? this.#compile(bundle, variant) : { ...known, variant };
    this.#compiled.set(bundle.bundle_hash, made);
    return made;
  }

  #compile(bundle: ActiveBundle, variant: BundleVariant): EvaluableBundle {
    const state = this.bundles.get(bundle.bundle_id);
    if (
      state === undefined ||
      state.status !== 'released' ||
      bundleHash(state.content) !== bundle.bundle_hash
    ) {
      throw new ProblemError(
        'internal-error',
        `the ${variant} bundle \`${bundle.bundle_version}\` is not what was activated`,
      );
    }
    return evaluableBundle(
      {
        bundle_id: bundle.bundle_id,
        version: bundle.bundle_version,
        bundle_hash: bundle.bundle_hash,
        rules: state.content.rules,
      },
      variant,
    );
  }
}

const everyone = 'all';

/** Every rollout of one tenant: its own and those of its teams. */
export class RolloutIndexes {
  readonly #scopes = new Map<string, RolloutIndex>();

  constructor(private readonly bundles: ReadonlyMap<string, BundleState>) {}

  fold(scope: string, event: Recorded<RolloutEvent>): void {
    this.#of(scope).fold(event);
  }

  /** Returns the hashes of the deciding bundles, by scope. */
  active(): readonly (readonly [scope: string, active: string | null, canary: string | null])[] {
    return [...this.#scopes]
      .map(
        ([scope, { state }]) =>
          [scope, state.active?.bundle_hash ?? null, state.canary?.bundle_hash ?? null] as const,
      )
      .sort(([a], [b]) => (a < b ? -1 : 1));
  }

  route(tenantId: string, team: string | null, entityId: string | undefined): RoutedRules {
    const tenant = this.#of(everyone);
    const own = team === null ? undefined : this.#scopes.get(team);
    const { routing, byTeam } = routeForTeam(tenant.state, own?.state, tenantId, entityId);
    return { ...(byTeam && own !== undefined ? own : tenant).compiled(routing), team: byTeam ? team : null };
  }

  #of(scope: string): RolloutIndex {
    const known = this.#scopes.get(scope) ?? new RolloutIndex(this.bundles);
    this.#scopes.set(scope, known);
    return known;
  }
}
