import {
  addDays,
  answerOf,
  budgetDayStream,
  decayDays,
  everyAccount,
  hasGivenBack,
  limitsOn,
  type Amounts,
  type BudgetDayCommand,
  type BudgetDayState,
  type DayLimits,
} from '@interlock/autonomy';
import {
  defaults,
  type ConsumeAnswer,
  type ConsumeRequest,
  type GiveBackAnswer,
  type GiveBackRequest,
} from '@interlock/contracts';
import { traceparentWithin } from '@interlock/jetstream';
import { contentHash, ProblemError, uuidV5, type CommandContext, type EventStore } from '@interlock/kernel';
import { EVENT_STORE, serviceCommandContext } from '@interlock/platform';
import { Inject, Injectable } from '@nestjs/common';
import { endWithoutEffect, requireConsumeRequest } from './action-record.js';
import { AutonomyIndex } from '../autonomy-index.js';
import { BudgetDayHandler } from '../handlers.js';

const remembered = 10_000;

/** Checks, consumes and gives back budget on the streams of accounts' days. */
@Injectable()
export class BudgetLedger {
  /** The day streams whose retention is set. Each stream is handled once. */
  readonly #retained = new Map<string, Promise<void>>();
  /** The last used day before a day, cached because past days hardly change. */
  readonly #lastUsed = new Map<string, Promise<string | null>>();

  constructor(
    @Inject(EVENT_STORE) private readonly store: EventStore,
    private readonly handler: BudgetDayHandler,
    private readonly index: AutonomyIndex,
  ) {}

  /**
   * Consumes budget for an action. It is idempotent by action id: a repeat gets the same answer.
   * Throws `side-door` if the action's own stream does not request it. The outcome is unknown after
   * one of the store's errors, which it also throws.
   */
  async consume(request: ConsumeRequest): Promise<ConsumeAnswer> {
    const { tenant_id: tenant, account_id: account, action_id, day } = request;
    const spend = await requireConsumeRequest(this.store, request);
    await this.index.current(true);
    if (this.index.budgetOf(tenant, everyAccount) === null) return this.#consume(request, account, spend);
    // INVARIANT: the budget of all accounts is consumed first, and given back if the account's own
    // budget refuses. So neither is overspent, even after a crash in between.
    const known = answerOf(await this.day(tenant, account, day), action_id, day);
    if (known === undefined) {
      const together = await this.#consume(request, everyAccount, spend);
      if (!together.consumed) return together;
    }
    const own = known ?? (await this.#consume(request, account, spend));
    if (!own.consumed) await this.#giveBack(request, everyAccount, `refused by ${account}`);
    return own;
  }

  async #consume(
    { tenant_id: tenant, action_type, action_id, day, request_id }: ConsumeRequest,
    account: string,
    spend: Amounts | undefined,
  ): Promise<ConsumeAnswer> {
    const { limit, type_limit, most } = await this.limits(tenant, account, action_type, day);
    const stream = budgetDayStream(tenant, account, day);
    await this.#retain(stream);
    const command: BudgetDayCommand = {
      kind: 'Consume',
      action_id,
      action_type,
      limit,
      type_limit,
      ...(spend === undefined ? {} : { spend }),
      ...(most === undefined ? {} : { most }),
    };
    // The command id depends on the content. The same action under other limits is a new command,
    // which the decider answers from its state.
    const { state } = await this.handler.handle(
      stream,
      command,
      this.#context(tenant, action_id, request_id, uuidV5('consume', action_id, contentHash(command))),
    );
    const answer = answerOf(state, action_id, day);
    if (answer === undefined) throw new ProblemError('internal-error', 'the consumption was not answered');
    return answer;
  }

  async #giveBack(
    { tenant_id: tenant, action_id, day, request_id }: GiveBackRequest,
    account: string,
    end: string,
  ): Promise<boolean> {
    const stream = budgetDayStream(tenant, account, day);
    await this.#retain(stream);
    const { state } = await this.handler.handle(
      stream,
      { kind: 'GiveBack', action_id, end },
      this.#context(tenant, action_id, request_id, uuidV5('give_back', action_id, end)),
    );
    return hasGivenBack(state, action_id);
  }

  /**
   * Returns true once the action's consumption is given back. An action that has not consumed can
   * no longer do so. Throws `side-door` unless the action's own stream ended without an effect.
   */
  async giveBack(request: GiveBackRequest): Promise<GiveBackAnswer> {
    const { tenant_id: tenant, account_id: account, action_id, day } = request;
    const end = await endWithoutEffect(this.store, request);
    const given_back = await this.#giveBack(request, account, end);
    await this.index.current(true);
    // A consumption of the budget for all accounts is given back too, even if that budget was
    // removed.
    if (
      this.index.budgetOf(tenant, everyAccount) !== null ||
      answerOf(await this.day(tenant, everyAccount, day), action_id, day) !== undefined
    )
      await this.#giveBack(request, everyAccount, end);
    return { given_back };
  }

  /** Returns what one account has consumed on a day. */
  async day(tenant: string, account: string, day: string): Promise<BudgetDayState> {
    return (await this.handler.load(budgetDayStream(tenant, account, day))).state;
  }

  /** Returns the limits for an action type on a day. */
  async limits(tenant: string, account: string, actionType: string, day: string): Promise<DayLimits> {
    const budget = this.index.budgetOf(tenant, account);
    const lastUsed =
      budget?.decay_if_unused === true ? await this.#lastUsedBefore(tenant, account, day) : null;
    return limitsOn(budget, actionType, day, lastUsed, this.index.modesOf(tenant).time_zone);
  }

  #lastUsedBefore(tenant: string, account: string, day: string): Promise<string | null> {
    return once(this.#lastUsed, `${tenant}:${account}:${day}`, async () => {
      for (let back = 1; back <= decayDays; back += 1) {
        const earlier = addDays(day, -back);
        if ((await this.day(tenant, account, earlier)).count > 0) return earlier;
      }
      return null;
    });
  }

  #retain(stream: string): Promise<void> {
    return once(this.#retained, stream, async () => {
      if ((await this.handler.load(stream)).revision < 0n)
        await this.store.setRetention(stream, { maxAgeS: defaults.budget_state_days * 86_400 });
    });
  }

  #context(tenantId: string, actionId: string, requestId: string, commandId: string): CommandContext {
    return serviceCommandContext('safety-rails', tenantId, {
      commandId,
      correlationId: actionId,
      causationId: requestId,
      ...traceparentWithin(null),
    });
  }
}

/**
 * Runs some work once per key and caches the result, unless it fails. The oldest entries are
 * dropped.
 */
const once = <T>(known: Map<string, Promise<T>>, key: string, work: () => Promise<T>): Promise<T> => {
  const running = known.get(key);
  if (running !== undefined) return running;
  const started = work();
  known.set(key, started);
  started.catch(() => known.delete(key));
  if (known.size > remembered) known.delete(known.keys().next().value!);
  return started;
};
