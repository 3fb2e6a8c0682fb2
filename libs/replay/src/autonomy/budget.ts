import {
  addDays,
  answerOf,
  budgetDayDecided,
  budgetDecided,
  budgetStream,
  decayDays,
  budgetDayStream,
  everyAccount,
  hasGivenBack,
  limitsOn,
  type BudgetDayCommand,
  type BudgetDayEvent,
  type BudgetDayState,
  type BudgetState,
  type DayLimits,
} from '@interlock/autonomy';
import { defaults, type ConsumeAnswer } from '@interlock/contracts';
import { sameJson, type RecordedEvent } from '@interlock/kernel';
import { compared, type Finding, nameIn } from '../finding.js';
import type { ModeReplay } from './mode.js';
import type { ReplayedLog } from '../replay-contexts.js';
import { StreamReplay, type StreamOf } from '../stream-replay.js';
import { Versions } from '../checks/versions.js';

/** Limits are read a few moments before the consumption is written. */
const toleranceMs = 30_000;
const budgetKeptMs = defaults.budget_state_days * 86_400_000;
/** The log deletes old days, so that even a whole log may lack one. */
const dayMissing: Finding = {
  kind: 'budget_answer',
  missing: "the day's budget is not all in the file",
  keptForMs: budgetKeptMs,
};

/**
 * Replays budgets. It decides each event of a day again, one command for each, under the limits of
 * that time. The limits come from the settings, the earlier days and the tenant's calendar.
 */
export class BudgetReplay {
  readonly settings = new StreamReplay(budgetDecided);
  readonly days: StreamReplay<BudgetDayCommand, BudgetDayEvent, BudgetDayState>;
  readonly #budgets = new Map<string, Versions<BudgetState>>();
  readonly #tenants = new Set<string>();

  constructor(
    private readonly modes: ModeReplay,
    private readonly log: ReplayedLog,
  ) {
    this.days = new StreamReplay(
      {
        ...budgetDayDecided,
        also: ({ type, data, metadata }, _before, of) =>
          type === 'BudgetGivenBack' ? [] : this.#limits(data, of, metadata.occurred_at),
      },
      log.checks,
    );
  }

  /** Takes events of `autonomy-<tenant>:budget=<account>`. */
  takeSettings(event: RecordedEvent, of: StreamOf): readonly Finding[] {
    const findings = this.settings.take(event, of);
    const versions = this.#budgets.get(event.stream) ?? new Versions<BudgetState>();
    if (!this.#budgets.has(event.stream) && event.revision === 0n) versions.addFirst(null);
    this.#budgets.set(event.stream, versions);
    versions.add(event.position, event.metadata.occurred_at, this.settings.of(event.stream)!.state);
    return findings;
  }

  take(event: RecordedEvent, of: StreamOf): readonly Finding[] {
    this.#tenants.add(of.tenant);
    return this.days.take(event, of);
  }

  #limits(
    { limit, type_limit, action_type, most }: Extract<BudgetDayEvent, { type: 'BudgetConsumed' }>['data'],
    { tenant, id }: StreamOf,
    at: string,
  ): readonly Finding[] {
    const place = id.lastIndexOf(':');
    const [account, day] = [id.slice(0, place), id.slice(place + 1)];
    const versions = this.#budgets.get(budgetStream(tenant, account));
    const budgets = versions?.within(at, toleranceMs) ?? [];
    if (budgets.length === 0)
      return this.log.whole && limit === 0 && type_limit === null
        ? [compared('limit', 'an account without a budget has none', limit, 0)]
        : [{ kind: 'limit', missing: "the account's budget is not in the file" }];
    const zones = this.modes.zonesOf(tenant, at, toleranceMs);
    const allowed = budgets.flatMap((budget) =>
      (zones.length === 0 ? ['UTC'] : zones).flatMap((zone) =>
        this.#lastUsed(tenant, account, day).map((used): Omit<DayLimits, 'unused_days'> => {
          const {
            limit: ofDay,
            type_limit: ofType,
            most: spendable,
          } = limitsOn(budget, action_type, day, budget?.decay_if_unused === true ? used : null, zone);
          return {
            limit: ofDay,
            type_limit: ofType,
            ...(spendable === undefined ? {} : { most: spendable }),
          };
        }),
      ),
    );
    const recorded = { limit, type_limit, ...(most === undefined ? {} : { most }) };
    const again = allowed.find((one) => sameJson(one, recorded));
    // A part of a log may lack the zone, the settings from before, and the earlier days.
    const isKnown =
      this.log.whole ||
      (zones.length > 0 &&
        versions?.reaches(at, toleranceMs) === true &&
        budgets.every((budget) => budget?.decay_if_unused !== true));
    if (again === undefined && !isKnown)
      return [{ kind: 'limit', missing: 'what the limits follow from is not all in the file' }];
    return [
      compared(
        'limit',
        `the limits of ${nameIn(account)} on the day ${nameIn(day)}`,
        recorded,
        again ?? allowed[0],
      ),
    ];
  }

  /**
   * Returns the last earlier day with consumption, counted with and without refunds, because a
   * refund may not have been recorded when the ledger looked.
   */
  #lastUsed(tenant: string, account: string, day: string): readonly (string | null)[] {
    const used = (is: (state: BudgetDayState) => boolean): string | null => {
      for (let back = 1; back <= decayDays; back += 1) {
        const earlier = addDays(day, -back);
        const state = this.days.of(budgetDayStream(tenant, account, earlier))?.state;
        if (state !== undefined && is(state)) return earlier;
      }
      return null;
    };
    return [
      ...new Set([used(({ count }) => count > 0), used(({ by_type }) => Object.keys(by_type).length > 0)]),
    ];
  }

  /** Compares the answer that gate 9 recorded with the day's stream. */
  answered(tenant: string, account: string, actionId: string, recorded: ConsumeAnswer): Finding {
    const own = this.days.of(budgetDayStream(tenant, account, recorded.day));
    // If the budget of all accounts has no room, the account's own budget is not asked.
    const day =
      own === undefined || answerOf(own.state, actionId, recorded.day) === undefined
        ? (this.days.of(budgetDayStream(tenant, everyAccount, recorded.day)) ?? own)
        : own;
    if (day === undefined && !this.#tenants.has(tenant))
      return { kind: 'budget_answer', missing: 'no budget is in the file', keptForMs: budgetKeptMs };
    const answer = day === undefined ? undefined : answerOf(day.state, actionId, recorded.day);
    if (answer === undefined && !this.#holds(tenant, [account, everyAccount], recorded.day))
      return dayMissing;
    // The answer to a barred action also counts later consumption by other actions.
    const barred = answer?.consumed === false && answer.reason === null;
    return compared(
      'budget_answer',
      "the budget's answer to the action",
      recorded,
      answer === undefined ? null : barred ? { ...answer, count: recorded.count } : answer,
    );
  }

  /** True if no event of these accounts' budgets of a day is missing. */
  #holds(tenant: string, accounts: readonly string[], day: string): boolean {
    return accounts.every((account) => this.log.holds(budgetDayStream(tenant, account, day)));
  }

  /** Checks the recorded result of a refund. */
  givenBack(tenant: string, account: string, actionId: string, day: string, recorded: boolean): Finding {
    const stream = this.days.of(budgetDayStream(tenant, account, day));
    if (stream === undefined && !this.#tenants.has(tenant))
      return { kind: 'budget_answer', missing: 'no budget is in the file', keptForMs: budgetKeptMs };
    const asked = stream !== undefined && answerOf(stream.state, actionId, day) !== undefined;
    if (!asked && !this.#holds(tenant, [account], day)) return dayMissing;
    return compared(
      'budget_answer',
      'what was given back to the budget',
      { asked: true, given_back: recorded },
      { asked, given_back: asked && hasGivenBack(stream.state, actionId) },
    );
  }
}
