import type { Schema } from '@interlock/api-types';
import { createHash } from 'node:crypto';
import { setTimeout as delay } from 'node:timers/promises';
import { canonicalJson, comparePositions, parsePosition, type RecordedEvent } from '@interlock/kernel';
import {
  comparableAction,
  expectedAnswer,
  firstDifference,
  viewOfAction,
  type DerivedState,
} from '@interlock/replay';
import { answerOf, type Session } from '../../connection/session.js';
import { eachEventOfLog } from './lines.js';

/** The comparison of a read model with the log. */
export type ReadModelReport = {
  readonly actions: number;
  readonly budgets: number;
  /** Rows that changed after the position at which the log was read. */
  readonly moved_on: number;
  readonly difference: {
    readonly stream: string;
    readonly what: string;
    readonly path: string;
    readonly shown: unknown;
    readonly derived: unknown;
  } | null;
};

type Day = {
  readonly account: string;
  readonly day: string;
  readonly updated_at: string | null;
  readonly answer: object;
};

const hashOf = (value: unknown): string => createHash('sha256').update(canonicalJson(value)).digest('base64');
const pageSize = 200;
const maxAttempts = 20;

/**
 * Compares, row by row, the read models at a position with the state that follows from the log. It
 * keeps a hash of each action.
 */
export class LiveComparison {
  readonly #actions = new Map<string, string>();
  readonly #days: Day[] = [];
  #movedOn = 0;
  #compared = 0;

  constructor(private readonly session: Session) {}

  /** A state that follows from the log. */
  readonly expect = (derived: DerivedState): void => {
    const expected = expectedAnswer(derived);
    if (expected?.kind === 'action') this.#actions.set(expected.id, hashOf(expected.answer));
    else if (expected?.kind === 'budget') this.#days.push(expected);
  };

  /** Checks every action and every day of a budget; stops at the first difference. */
  async compare(position: string): Promise<ReadModelReport> {
    const difference = (await this.#allActions(position)) ?? (await this.#allBudgets(position));
    return { actions: this.#compared, budgets: this.#days.length, moved_on: this.#movedOn, difference };
  }

  async #allActions(position: string): Promise<ReadModelReport['difference']> {
    const end = parsePosition(position)!;
    let cursor = '';
    do {
      const page = await this.#ask<Schema<'ActionRecordsDto'>>(
        `/api/v1/autonomous/actions/records?limit=${pageSize}${cursor}`,
        position,
      );
      for (const row of page.items) {
        if (comparePositions(parsePosition(row.position) ?? end, end) > 0) {
          this.#movedOn += 1;
          this.#actions.delete(row.action_id);
          continue;
        }
        const shown = comparableAction(row);
        if (this.#actions.get(row.action_id) !== hashOf(shown)) return this.#named(row.action_id, shown);
        this.#actions.delete(row.action_id);
        this.#compared += 1;
      }
      cursor = page.next === null ? '' : `&cursor=${encodeURIComponent(page.next)}`;
    } while (cursor !== '');
    const [left] = this.#actions.keys();
    return left === undefined
      ? null
      : {
          stream: `action-${this.session.tenant}:${left}`,
          what: 'the read model does not show the action',
          path: '',
          shown: null,
          derived: { action_id: left },
        };
  }

  /** Reads the action's stream once more, to describe the difference. */
  async #named(id: string, shown: object): Promise<ReadModelReport['difference']> {
    const stream = `action-${this.session.tenant}:${id}`;
    if (!this.#actions.has(id))
      return {
        stream,
        what: 'the read model shows an action that does not follow from the log',
        path: '',
        shown,
        derived: null,
      };
    const events: RecordedEvent[] = [];
    await eachEventOfLog(
      this.session,
      `/api/v1/audit/streams/${encodeURIComponent(stream)}`,
      (event) => events.push(event) > 0,
    );
    const found = firstDifference(shown, viewOfAction(events));
    return {
      stream,
      what: 'the action in the read model differs from the log',
      path: found?.path ?? '',
      shown: found?.a ?? null,
      derived: found?.b ?? null,
    };
  }

  async #allBudgets(position: string): Promise<ReadModelReport['difference']> {
    for (const { account, day, updated_at, answer } of this.#days) {
      const {
        count,
        by_action_type,
        items,
        updated_at: changed,
      } = await this.#ask<Schema<'BudgetDayDto'>>(
        `/api/v1/autonomy/budget/state?${new URLSearchParams({ account_id: account, date_key: day })}`,
        position,
      );
      const found = firstDifference({ count, by_action_type, items }, answer);
      if (found === null) continue;
      if (changed !== null && changed > (updated_at ?? '')) this.#movedOn += 1;
      else
        return {
          stream: `budget-${this.session.tenant}:${account}:${day}`,
          what: 'the budget in the read model differs from the log',
          path: found.path,
          shown: found.a,
          derived: found.b,
        };
    }
    return null;
  }

  async #ask<T>(path: string, position: string): Promise<T> {
    for (let attempt = 1; ; attempt += 1) {
      const response = await this.session.fetch('GET', path, undefined, {
        'interlock-min-position': position,
      });
      if (response.status !== 503 || attempt >= maxAttempts) return answerOf<T>(response);
      await response.body?.cancel();
      await delay(500);
    }
  }
}
