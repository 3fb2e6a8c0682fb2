import type { Schema } from '@interlock/api-types';
import { defaults } from '@interlock/contracts';
import { sameJson } from '@interlock/kernel';
import { firstDifference, lastWordCategories, LastWord } from '@interlock/replay';
import { CliError, type Session } from '../../../connection/session.js';
import { eachEventOfLog, problemOf } from '../lines.js';

/** A value in which the log and the answer differ; null means that it is absent. */
type WordDifference = { readonly path: string; readonly logged: unknown; readonly answered: unknown };
/** The comparison of one device, server, handled action or day of a budget. */
export type Compared = {
  readonly kind: 'device' | 'mcp_server' | 'handler' | 'budget';
  readonly id: string;
  /** `nothing_logged`: the log contains nothing about it, so there is nothing to compare. */
  readonly state: 'agrees' | 'differs' | 'not_checked' | 'nothing_logged';
  /** Why it was not checked; null if it was. */
  readonly why: string | null;
  readonly differences: readonly WordDifference[];
};
type Verdict = Pick<Compared, 'state' | 'why' | 'differences'>;

const agrees: Verdict = { state: 'agrees', why: null, differences: [] };
const nothingLogged: Verdict = { state: 'nothing_logged', why: null, differences: [] };
const notChecked = (why: string): Verdict => ({ state: 'not_checked', why, differences: [] });
const judged = (differences: readonly WordDifference[]): Verdict =>
  differences.length === 0 ? agrees : { state: 'differs', why: null, differences };

/** How many handled actions one run asks about. The service asks ten per second for a tenant. */
const mostCalls = 500;
/** How often a question is repeated because the log changed meanwhile. */
const mostAttempts = 3;

type Answer<T> = { readonly value: T } | { readonly why: string };

/**
 * Compares the last recorded state in the running system's log with what devices and services
 * answer now.
 */
export class Comparison {
  readonly #session: Session;
  readonly #word: LastWord;
  readonly #since: number;
  #position = '0';

  /**
   * `since`, in milliseconds since 1970: handled actions whose last event is older are left out.
   */
  constructor(session: Session, since: number) {
    this.#session = session;
    this.#since = since;
    this.#word = new LastWord(session.tenant);
  }

  /** The position up to which the log was read. */
  get position(): string {
    return this.#position;
  }

  /** Compares everything that the log names, one after the other. */
  async *all(): AsyncGenerator<Compared> {
    await this.#readOn();
    for (const id of this.#word.devices())
      yield {
        kind: 'device',
        id,
        ...(await this.#settled(
          () => this.#word.leaves(id),
          () => this.#device(id),
        )),
      };
    for (const { server } of this.#word.servers())
      yield {
        kind: 'mcp_server',
        id: server,
        ...(await this.#settled(
          () => [...(this.#tools(server) ?? [])],
          () => this.#server(server),
        )),
      };
    yield* this.#handled();
    for (const { account, day } of this.#word.days())
      yield {
        kind: 'budget',
        id: `${account} ${day}`,
        ...(await this.#settled(
          () => this.#day(account, day),
          () => this.#budget(account, day),
        )),
      };
  }

  /** Reads the events that the log has stored since. */
  async #readOn(): Promise<void> {
    const after = this.#position === '0' ? '' : `&after=${this.#position}`;
    this.#position = await eachEventOfLog(
      this.#session,
      `/api/v1/audit/events?category=${lastWordCategories.join(',')}${after}`,
      (event) => {
        this.#word.take(event);
        return true;
      },
    );
  }

  /** Judges again while the log changes. A difference counts only against an unchanged log. */
  async #settled(word: () => unknown, judge: () => Promise<Verdict>): Promise<Verdict> {
    for (let attempt = 1; attempt <= mostAttempts; attempt += 1) {
      const before = word();
      const verdict = await judge();
      if (verdict.state !== 'differs') return verdict;
      await this.#readOn();
      if (sameJson(before, word())) return verdict;
    }
    return notChecked('the log went on during each comparison');
  }

  /** Returns an answer, or why there is none. */
  async #ask<T>(method: 'GET' | 'POST', path: string): Promise<Answer<T>> {
    const response = await this.#session
      .fetch(method, path, undefined, {
        'interlock-min-position': this.#position,
      })
      .catch((error: unknown) => {
        throw error instanceof CliError ? new CliError(error.message, 2) : error;
      });
    const text = await response.text();
    if (response.ok) return { value: JSON.parse(text) as T };
    const { code, detail } = problemOf(text);
    return { why: `${code}: ${detail}` };
  }

  async #device(id: string): Promise<Verdict> {
    const logged = this.#word.leaves(id);
    const answer = await this.#ask<Schema<'CheckedDriftDto'>>(
      'POST',
      `/api/v1/devices/${encodeURIComponent(id)}/drift/check`,
    );
    if ('why' in answer) return notChecked(answer.why);
    const { compared, why } = answer.value;
    if (compared === null)
      return logged.length === 0 ? nothingLogged : notChecked(why ?? 'it was not compared');
    const found = new Map(compared.map((leaf) => [JSON.stringify([leaf.binding, leaf.path]), leaf]));
    const differences: WordDifference[] = [];
    for (const { binding, path, value } of logged) {
      const leaf = found.get(JSON.stringify([binding, path]));
      found.delete(JSON.stringify([binding, path]));
      if (leaf === undefined)
        differences.push({
          path: `${path} (not among the leaves that the gateway expects)`,
          logged: value,
          answered: null,
        });
      else if (leaf.actual !== value) differences.push({ path, logged: value, answered: leaf.actual });
    }
    for (const { path, expected } of found.values())
      differences.push({
        path: `${path} (expected by the gateway, not by the log)`,
        logged: null,
        answered: expected,
      });
    return logged.length === 0 && differences.length === 0 ? nothingLogged : judged(differences);
  }

  #tools(server: string): ReadonlyMap<string, string> | undefined {
    return this.#word.servers().find((one) => one.server === server)?.tools;
  }

  async #server(server: string): Promise<Verdict> {
    const answer = await this.#ask<Schema<'McpServerDto'>>(
      'POST',
      `/api/v1/mcp/servers/${encodeURIComponent(server)}/look`,
    );
    if ('why' in answer) return notChecked(answer.why);
    const offered = new Map(
      answer.value.tools.flatMap(({ tool, state, digest }) => (state === 'missing' ? [] : [[tool, digest]])),
    );
    return judged(
      [...(this.#tools(server) ?? [])].flatMap(([tool, digest]) =>
        offered.get(tool) === digest
          ? []
          : [{ path: tool, logged: digest, answered: offered.get(tool) ?? null }],
      ),
    );
  }

  /**
   * Compares each handled action of the window, latest first, and reports the handlers without one.
   */
  async *#handled(): AsyncGenerator<Compared> {
    const calls = this.#word.calls(this.#since);
    for (const { action_type, action_id } of calls.slice(0, mostCalls))
      yield {
        kind: 'handler',
        id: `${action_type} ${action_id}`,
        ...(await this.#settled(
          () => this.#word.call(action_id)?.word,
          () => this.#handler(action_id),
        )),
      };
    if (calls.length > mostCalls)
      yield {
        kind: 'handler',
        id: `${calls.length - mostCalls} earlier actions`,
        ...notChecked(`a run asks about the latest ${mostCalls}: shorten --since`),
      };
    for (const { action_type } of this.#word.handlers())
      if (!calls.some((one) => one.action_type === action_type))
        yield {
          kind: 'handler',
          id: action_type,
          ...nothingLogged,
          why: 'it handled no action in the window',
        };
  }

  async #handler(actionId: string): Promise<Verdict> {
    const word = this.#word.call(actionId)?.word;
    if (word === undefined || word === 'under_way') return { ...nothingLogged, why: 'it is under way' };
    if (word === 'unknown') return notChecked('the log itself leaves its outcome to a person');
    const answer = await this.#ask<Schema<'HandlerStatusDto'>>('POST', `/api/v1/calls/${actionId}/status`);
    if ('why' in answer) return notChecked(answer.why);
    const { status } = answer.value;
    return judged(
      (word === 'applied') === (status === 'applied') && status !== 'in_progress'
        ? []
        : [{ path: 'status', logged: word, answered: status }],
    );
  }

  #day(account: string, day: string): object | null {
    return this.#word.days().find((one) => one.account === account && one.day === day)?.answer ?? null;
  }

  async #budget(account: string, day: string): Promise<Verdict> {
    const kept = Date.now() - defaults.budget_state_days * 86_400_000;
    if (Date.parse(day) < kept)
      return { ...nothingLogged, why: `the ledger keeps a day for ${defaults.budget_state_days} days` };
    const answer = await this.#ask<Schema<'BudgetDayDto'>>(
      'GET',
      `/api/v1/autonomy/budget/state?${new URLSearchParams({ account_id: account, date_key: day })}`,
    );
    if ('why' in answer) return notChecked(answer.why);
    const { count, by_action_type, items } = answer.value;
    const found = firstDifference({ count, by_action_type, items }, this.#day(account, day));
    return judged(found === null ? [] : [{ path: found.path, logged: found.b, answered: found.a }]);
  }
}
