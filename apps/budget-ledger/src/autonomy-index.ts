import {
  autoApprovalDecider,
  budgetDecider,
  earnedCell,
  earnedDecider,
  modeDecider,
  type AutoApprovalState,
  type AutonomyBudgetV1,
  type BudgetState,
  type EarnedState,
  type ModeState,
} from '@interlock/autonomy';
import { parseStream } from '@interlock/contracts';
import { createFollower, type AdapterLogger, type LogFollower } from '@interlock/eventstore';
import {
  evolveRecorded,
  positionText,
  type EventStore,
  type Position,
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
  /** By tenant and `<account>/<action_type>`. */
  readonly #earned = new Map<string, Map<string, EarnedState>>();

  constructor(@Inject(EVENT_STORE) store: EventStore, @Inject(LOGGER) logger: AdapterLogger) {
    this.follower = createFollower(store, {
      name: 'autonomy',
      prefixes: ['autonomy-'],
      onEvent: (event) => {
        this.#fold(event);
      },
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

  /** What each account's actions of each type have earned, in the order of their names. */
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

  /** Up to where in the log the settings are those that are read now, in the same turn. */
  get version(): string {
    return positionText(this.follower.position() ?? { commit: 0n, prepare: 0n });
  }

  /** Makes sure that the settings are current: confirmed within the last 2 s, or read afresh where asked. Throws `not-current`. */
  current(fresh: boolean): Promise<void> {
    return this.follower.ensureCurrent(fresh);
  }

  /** Reads to the log's end; throws `read-model-behind` where even that is short of the position asked for. */
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
    else if (earnedCell(id) !== undefined) {
      const ofTenant = this.#earned.get(tenant) ?? new Map<string, EarnedState>();
      const key = id.slice('earned='.length);
      this.#earned.set(
        tenant,
        ofTenant.set(key, evolveRecorded(earnedDecider, ofTenant.get(key) ?? earnedDecider.initial, event)),
      );
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
}
