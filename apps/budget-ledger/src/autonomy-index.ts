import {
  autoApprovalDecider,
  automaticChange,
  budgetDecider,
  earnedCell,
  earnedDecider,
  modeDecider,
  thresholdDecider,
  thresholdType,
  withAutomatic,
  type AutoApprovalState,
  type AutomaticRecord,
  type AutonomyBudgetV1,
  type BudgetState,
  type EarnedEvent,
  type EarnedState,
  type ModeState,
  type ThresholdState,
} from '@interlock/autonomy';
import { parseStream } from '@interlock/contracts';
import { createFollower, type AdapterLogger, type LogFollower } from '@interlock/eventstore';
import {
  evolveRecorded,
  positionText,
  type EventStore,
  type Position,
  type Recorded,
  type RecordedEvent,
} from '@interlock/kernel';
import { EVENT_STORE, LOGGER } from '@interlock/platform';
import { Inject, Injectable } from '@nestjs/common';

/** Modes, budgets and auto-approval settings of every tenant, kept current with the log. */
@Injectable()
export class AutonomyIndex {
  readonly follower: LogFollower;
  readonly #modes = new Map<string, ModeState>();
  readonly #autoApproval = new Map<string, AutoApprovalState>();
  readonly #budgets = new Map<string, Map<string, BudgetState>>();
  /** The earned states by tenant and `<account>/<action_type>`. */
  readonly #earned = new Map<string, Map<string, EarnedState>>();

  /**
   * By tenant and action type: the state of the adaptive thresholds, and the automatic outcomes
   * that move them.
   */
  readonly #thresholds = new Map<string, Map<string, ThresholdState>>();
  readonly #automatic = new Map<string, Map<string, AutomaticRecord>>();

  constructor(@Inject(EVENT_STORE) store: EventStore, @Inject(LOGGER) logger: AdapterLogger) {
    this.follower = createFollower(store, {
      name: 'autonomy',
      prefixes: ['autonomy-'],
      onEvent: (event) => this.#fold(event),
      logger,
    });
  }

  /** Modes by tenant. */
  get modes(): ReadonlyMap<string, ModeState> {
    return this.#modes;
  }

  modesOf(tenantId: string): ModeState {
    return this.#modes.get(tenantId) ?? modeDecider.initial;
  }

  autoApprovalOf(tenantId: string): AutoApprovalState {
    return this.#autoApproval.get(tenantId) ?? autoApprovalDecider.initial;
  }

  budgetOf(tenantId: string, accountId: string): BudgetState {
    return this.#budgets.get(tenantId)?.get(accountId) ?? null;
  }

  budgetsOf(tenantId: string): readonly AutonomyBudgetV1[] {
    return [...(this.#budgets.get(tenantId)?.values() ?? [])]
      .filter((budget) => budget !== null)
      .sort((a, b) => (a.account_id < b.account_id ? -1 : 1));
  }

  earnedOf(tenantId: string, accountId: string, actionType: string): EarnedState {
    return this.#earned.get(tenantId)?.get(`${accountId}/${actionType}`) ?? earnedDecider.initial;
  }

  /** Lists what each account's actions of each type have earned, ordered by name. */
  earnedCells(
    tenantId: string,
  ): readonly { readonly account_id: string; readonly action_type: string; readonly state: EarnedState }[] {
    return [...(this.#earned.get(tenantId) ?? [])]
      .sort(([a], [b]) => (a < b ? -1 : 1))
      .flatMap(([key, state]) => {
        const [account_id, action_type] = key.split('/');
        return account_id === undefined || action_type === undefined
          ? []
          : [{ account_id, action_type, state }];
      });
  }

  thresholdOf(tenantId: string, actionType: string): ThresholdState {
    return this.#thresholds.get(tenantId)?.get(actionType) ?? thresholdDecider.initial;
  }

  /** Lists the action types that have ever had adaptive thresholds, ordered by name. */
  thresholdTypes(tenantId: string): readonly string[] {
    return [...(this.#thresholds.get(tenantId)?.keys() ?? [])].sort();
  }

  /** Returns the automatic outcomes of all accounts' actions of a type. */
  automaticOf(tenantId: string, actionType: string): AutomaticRecord {
    return this.#automatic.get(tenantId)?.get(actionType) ?? [];
  }

  /** The log position of the current settings. Read it in the same turn as the settings. */
  get version(): string {
    return positionText(this.follower.position() ?? { commit: 0n, prepare: 0n });
  }

  /**
   * Ensures that the settings were confirmed within the last 2 s, or reads them again if `fresh`.
   * Throws `not-current`.
   */
  current(fresh: boolean): Promise<void> {
    return this.follower.ensureCurrent(fresh);
  }

  /**
   * Reads to the end of the log. Throws `read-model-behind` if that is still before the position.
   */
  atLeast(position: Position | null): Promise<void> {
    return this.follower.confirmAtLeast(position);
  }

  #fold(event: RecordedEvent): void {
    const stream = parseStream(event.stream);
    if (stream === undefined) return;
    const { tenant, id } = stream;
    if (id === 'config') this.#modes.set(tenant, evolveRecorded(modeDecider, this.modesOf(tenant), event));
    else if (id === 'auto_approval')
      this.#autoApproval.set(tenant, evolveRecorded(autoApprovalDecider, this.autoApprovalOf(tenant), event));
    else if (earnedCell(id) !== undefined) this.#foldEarned(tenant, id, event);
    else if (thresholdType(id) !== undefined) {
      const ofTenant = this.#thresholds.get(tenant) ?? new Map<string, ThresholdState>();
      const key = id.slice('threshold='.length);
      const state = ofTenant.get(key) ?? thresholdDecider.initial;
      this.#thresholds.set(tenant, ofTenant.set(key, evolveRecorded(thresholdDecider, state, event)));
    } else if (id.startsWith('budget=')) {
      const ofTenant = this.#budgets.get(tenant) ?? new Map<string, BudgetState>();
      const account = id.slice('budget='.length);
      this.#budgets.set(
        tenant,
        ofTenant.set(
          account,
          evolveRecorded(budgetDecider, ofTenant.get(account) ?? budgetDecider.initial, event),
        ),
      );
    }
  }
  #foldEarned(tenant: string, id: string, event: RecordedEvent): void {
    const ofTenant = this.#earned.get(tenant) ?? new Map<string, EarnedState>();
    const key = id.slice('earned='.length);
    const before = ofTenant.get(key) ?? earnedDecider.initial;
    this.#earned.set(tenant, ofTenant.set(key, evolveRecorded(earnedDecider, before, event)));
    const actionType = earnedCell(id)?.action_type;
    const change = automaticChange(before, event as unknown as Recorded<EarnedEvent>);
    if (actionType === undefined || change === null) return;
    const ofTypes = this.#automatic.get(tenant) ?? new Map<string, AutomaticRecord>();
    this.#automatic.set(
      tenant,
      ofTypes.set(actionType, withAutomatic(ofTypes.get(actionType) ?? [], change)),
    );
  }
}
