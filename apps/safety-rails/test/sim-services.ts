import type { ConsumeAnswer, JsonObject, RpcName, TxState, TxStatus } from '@interlock/contracts';
import { ProblemError, type RecordedEvent } from '@interlock/kernel';
import { killSwitchEpoch, type KillSwitchHead } from '@interlock/rails';
import { estimate, evaluation, mode, observation, plan, posture, prediction } from '@interlock/rails/looks';

export type Weather = {
  posture: 'GREEN' | 'YELLOW' | 'ORANGE' | 'RED';
  mode: 'AUTO_EXECUTE' | 'APPROVAL_REQUIRED' | 'DISABLED';
  decision: 'ALLOW' | 'CONFIRM' | 'NEEDS_APPROVAL' | 'DENY';
  approvals: 1 | 2;
  diff: string;
  good: boolean;
};
export const fair: Weather = {
  posture: 'GREEN',
  mode: 'AUTO_EXECUTE',
  decision: 'ALLOW',
  approvals: 1,
  diff: 'd0',
  good: true,
};

type Tx = {
  turn: number;
  turnAt: number;
  state: TxState;
  begun: number;
  ended: number | null;
  readonly entity: string;
  good: boolean;
};
type Log = {
  readonly action: (id: string) => readonly RecordedEvent[];
  readonly switches: () => readonly KillSwitchHead[];
};

const settled: readonly TxState[] = ['ROLLED_BACK', 'REFUSED', 'FAILED', 'ROLLBACK_FAILED'];

/** States in which something of a change is on the device. */
const changing: readonly TxState[] = ['TENTATIVE', 'OBSERVED'];
/** How long a turn is good, in steps. */
const turnSteps = 150;

/**
 * The other services and the device, as one object that answers at once: what is late, lost or
 * repeated is the scheduler's.
 */
export class SimServices {
  weather: Weather = { ...fair };
  readonly transactions = new Map<string, Tx>();
  readonly budget = new Map<string, 'consumed' | 'refused' | 'given_back' | 'barred'>();
  readonly faults: string[] = [];

  constructor(
    private readonly log: Log,
    private readonly limit: number,
    private readonly step: () => number,
    private readonly random: () => number,
  ) {}

  answer(name: RpcName, request: JsonObject): unknown {
    const id = String(request['action_id']);
    switch (name) {
      case 'posture.posture':
        return posture(this.weather.posture);
      case 'budget-ledger.mode':
        return { ...mode(this.weather.mode), limits: { blast_radius_1h: 1000, soak_s: 1 } };
      case 'digital-twin.predict':
        return prediction({ made_at: new Date().toISOString() });
      case 'policy-evaluator.evaluate':
        return evaluation({
          evaluation_id: `${this.step()}`,
          decision: this.weather.decision,
          approvals_required: this.weather.decision === 'NEEDS_APPROVAL' ? this.weather.approvals : 0,
        });
      case 'policy-evaluator.auto_approve':
        return {
          decision: 'AUTO_EXECUTE',
          explanation: 'fine',
          policy_version: 'AutoApprovalPolicyV1',
          config: {},
          version: '1',
        };
      case 'netconf-gateway.estimate_impact':
        return estimate;
      case 'netconf-gateway.plan':
        return plan({ diff_hash: this.weather.diff, plan_hash: this.weather.diff });
      case 'budget-ledger.consume':
        return this.#consume(id, String(request['day']));
      case 'budget-ledger.give_back':
        return this.#giveBack(id);
      case 'netconf-gateway.take_turn':
        return this.#takeTurn(id, request);
      case 'netconf-gateway.apply':
        return this.#apply(id, request);
      case 'netconf-gateway.status':
        return this.#status(id);
      case 'netconf-gateway.confirm':
        return this.#confirm(id, request);
      case 'netconf-gateway.undo':
        return this.#undo(id, request);
      default:
        throw new ProblemError('internal-error', `\`${name}\` is not asked here`);
    }
  }

  get used(): number {
    return [...this.budget.values()].filter((one) => one === 'consumed').length;
  }

  /** The device's own timer, or a restart. */
  lose(): void {
    for (const tx of this.transactions.values())
      if (tx.state === 'TENTATIVE' || tx.state === 'OBSERVED') this.#end(tx, 'ROLLED_BACK');
  }

  #consume(id: string, day: string): ConsumeAnswer {
    if (!this.budget.has(id)) this.budget.set(id, this.used < this.limit ? 'consumed' : 'refused');
    if (this.used > this.limit) this.faults.push('the budget is overspent');
    const consumed = this.budget.get(id) === 'consumed';
    return {
      consumed,
      reason: consumed ? null : 'BUDGET_EXHAUSTED',
      explanation: '',
      day,
      limit: this.limit,
      count: this.used,
      type_limit: null,
      type_count: 0,
      revision: '0',
    };
  }

  #giveBack(id: string): { given_back: boolean } {
    const had = this.budget.get(id);
    if (had === undefined) this.budget.set(id, 'barred');
    if (had === 'consumed') this.budget.set(id, 'given_back');
    return { given_back: this.budget.get(id) === 'given_back' };
  }

  #data(
    id: string,
    type: string,
  ): { readonly request_id: string; readonly epoch: string; readonly turn?: number } | undefined {
    return this.log.action(id).findLast((event) => event.type === type)?.data as
      { request_id: string; epoch: string; turn?: number } | undefined;
  }

  #apply(id: string, request: JsonObject): unknown {
    const started = this.#data(id, 'ExecutionStarted');
    const lapsed = this.#data(id, 'TurnLapsed')?.turn;
    if (
      started === undefined ||
      started.request_id !== request['request_id'] ||
      (lapsed ?? 0) >= started.turn!
    ) {
      // One that comes late, after its turn was given up, is refused and nothing more.
      const late = this.log
        .action(id)
        .some(
          (event) =>
            event.type === 'ExecutionStarted' &&
            (event.data as { request_id?: unknown }).request_id === request['request_id'],
        );
      if (!late) this.faults.push(`apply of ${id} without its execution`);
      return { status: 'refused', reasons: [] };
    }
    const known = this.transactions.get(id);
    if (known === undefined) {
      this.faults.push(`apply of ${id} without its turn`);
      return { status: 'refused', reasons: [] };
    }
    this.#age(known);
    if (known.state !== 'READY')
      return known.state === 'REFUSED'
        ? { status: 'refused', reasons: [] }
        : { status: 'accepted', tx_id: id };
    const heads = this.log.switches();
    const refused = heads.some((head) => head.engaged) || killSwitchEpoch(heads) !== started.epoch;
    for (const [other, tx] of this.transactions)
      if (other !== id && tx.entity === known.entity && changing.includes(tx.state))
        this.faults.push(`${id} and ${other} are on ${known.entity} at once`);
    Object.assign(known, {
      state: refused ? 'REFUSED' : 'TENTATIVE',
      begun: this.step(),
      ended: refused ? this.step() : null,
      good: this.weather.good,
    });
    return refused
      ? { status: 'refused', reasons: [{ code: 'kill-switch-engaged', detail: 'x' }] }
      : { status: 'accepted', tx_id: id };
  }

  /** A turn that is not used lapses, sooner or later. */
  #age(tx: Tx): void {
    if (tx.state === 'READY' && this.step() - tx.turnAt > turnSteps) tx.state = 'STALE';
  }

  #takeTurn(id: string, request: JsonObject): unknown {
    const asked = this.#data(id, 'TurnRequested');
    if (asked?.request_id !== request['request_id']) throw new ProblemError('side-door', 'not asked for');
    const entity = (this.log.action(id)[0]!.data as { intent: { entity_id: string } }).intent.entity_id;
    const known = this.transactions.get(id);
    if (
      known === undefined ||
      (known.turn < asked!.turn! && (known.state === 'READY' || known.state === 'STALE'))
    ) {
      this.transactions.set(id, {
        turn: asked!.turn!,
        turnAt: this.step(),
        state: 'READY',
        begun: this.step(),
        ended: null,
        entity,
        good: true,
      });
    }
    return this.#status(id);
  }

  #status(id: string): TxStatus {
    const tx = this.transactions.get(id);
    if (tx !== undefined) this.#age(tx);
    if (tx?.state === 'TENTATIVE' && this.random() < 0.5) tx.state = 'OBSERVED';
    const seen = tx?.state === 'OBSERVED' || tx?.state === 'CONFIRMED';
    return {
      tx_id: id,
      state: tx?.state ?? 'NONE',
      reasons: [],
      observation: seen ? observation(tx.good ? -5 : 5) : null,
      diff: [],
      ...(tx === undefined ? {} : { turn: tx.turn }),
    };
  }

  #confirm(id: string, request: JsonObject): TxStatus {
    const tx = this.transactions.get(id)!;
    if (this.#data(id, 'ConfirmRequested')?.request_id !== request['request_id'])
      this.faults.push(`confirm of ${id} that its stream does not ask for`);
    if (tx.state === 'OBSERVED') this.#end(tx, 'CONFIRMED');
    return this.#status(id);
  }

  #undo(id: string, request: JsonObject): TxStatus {
    if (this.#data(id, 'UndoRequested')?.request_id !== request['request_id'])
      this.faults.push(`undo of ${id} that its stream does not ask for`);
    const tx = this.transactions.get(id);
    if (tx === undefined)
      this.transactions.set(id, {
        turn: 0,
        turnAt: 0,
        state: 'REFUSED',
        begun: this.step(),
        ended: this.step(),
        entity: '',
        good: true,
      });
    else if (tx.state === 'READY' || tx.state === 'STALE') this.#end(tx, 'REFUSED');
    else if (!settled.includes(tx.state)) this.#end(tx, 'ROLLED_BACK');
    return this.#status(id);
  }

  #end(tx: Tx, state: TxState): void {
    tx.state = state;
    tx.ended = this.step();
  }
}
