import {
  endStates,
  type ActionIntentV1,
  type ActionStateName,
  type JsonObject,
  type Reason,
} from '@interlock/contracts';
import { EventSourceParserStream } from 'eventsource-parser/stream';
import type { AgentCredential } from './credential.js';
import { InterlockProblem, problemOf } from './problem.js';

export type ClientOptions = {
  /** The address of Interlock, such as `http://127.0.0.1:8080`. A credential has its own. */
  readonly url?: string;
  /** The bearer token, or a function that returns one whenever it is needed. */
  readonly token?: string | (() => string | Promise<string>);
  /** One of the token's tenants, if it has several. */
  readonly tenant?: string;
  /** The credential of a registered agent, instead of a token. */
  readonly credential?: AgentCredential;
};
/** The answer to an intent: its first event is in the log. */
export type Accepted = {
  readonly action_id: string;
  readonly intent_id: string;
  /** The place in the log, for `waitForOutcome`. */
  readonly position: string;
  readonly state: ActionStateName;
};
/** A request for a person's decision. The digest binds the answer to what the person was shown. */
export type Asked = { readonly digest: string; readonly expires_at?: string; readonly due_at?: string };
/** An action as the API shows it. Only the members that most callers read are typed. */
export type Action = {
  readonly action_id: string;
  readonly intent_id: string;
  readonly action_type: string;
  readonly entity_id: string;
  readonly state: ActionStateName;
  readonly reasons: readonly Reason[];
  readonly ended_at: string | null;
  readonly waiting_for: string | null;
  readonly approval: Asked | null;
  readonly window: Asked | null;
  readonly position: string;
} & { readonly [member: string]: unknown };
/** An event of an action, as the stream sends it. `position` is its place in the log. */
export type ActionEvent = {
  readonly position: string;
  readonly type: string;
  readonly action_id: string;
  readonly at: string;
  readonly revision: string;
  readonly data: JsonObject;
};
/** `after`: a position, such as that of the last event that was handled. */
export type FollowOptions = { readonly signal?: AbortSignal; readonly after?: string };
export type WaitOptions = { readonly signal?: AbortSignal; readonly position?: string };
/** Options of a decision. Without `digest`, the digest of the current request is read. */
export type DecisionOptions = { readonly digest?: string; readonly comment?: string };

/** The first event of a stream, whose id is the place where it begins. */
const opened = 'opened';
const lookEveryMs = 2000;
/** So many of its latest actions a client remembers. */
const mostRemembered = 1000;
const pauseMs = 500;

const sleep = (ms: number, signal: AbortSignal | undefined): Promise<void> =>
  new Promise((resolve, reject) => {
    const aborted = (): void => {
      clearTimeout(timer);
      reject(signal?.reason instanceof Error ? signal.reason : new Error('aborted'));
    };
    const timer = setTimeout(() => {
      signal?.removeEventListener('abort', aborted);
      resolve();
    }, ms);
    if (signal?.aborted === true) aborted();
    signal?.addEventListener('abort', aborted, { once: true });
  });

/**
 * A client of one Interlock, for callers who publish intents or decide on them. Refusals are thrown
 * as InterlockProblem.
 */
export class InterlockClient {
  readonly #options: ClientOptions & { readonly url: string };
  /** Where the log holds what this client submitted, by action: its reads are no older. */
  readonly #submitted = new Map<string, string>();

  /**
   * Throws if there is neither a credential nor an address with a token, and TypeError if the
   * address is not one of `http:` or `https:`.
   */
  constructor(options: ClientOptions) {
    const url = options.url ?? options.credential?.url;
    if (url === undefined || (options.token === undefined && options.credential === undefined))
      throw new Error('the client needs a credential, or an address and a token');
    if (!/^https?:\/\//i.test(url) || !URL.canParse(url))
      throw new TypeError(`\`${url}\` is not the address of an Interlock, such as \`http://127.0.0.1:8080\``);
    this.#options = { ...options, url: url.replace(/\/+$/, '') };
  }

  /** The tenant of the requests, if the client knows it. */
  get tenant(): string | undefined {
    return this.#options.tenant ?? this.#options.credential?.tenant;
  }

  /** The name of the credential's agent. */
  get agent(): string | undefined {
    return this.#options.credential?.agent;
  }

  /** Submits an intent. Submitting the same intent again returns the same action. */
  async submit(intent: ActionIntentV1): Promise<Accepted> {
    const accepted = await this.#json<Accepted>('POST', '/api/v1/autonomous/actions', intent);
    this.#submitted.set(accepted.action_id, accepted.position);
    const [oldest] = this.#submitted.keys();
    if (this.#submitted.size > mostRemembered && oldest !== undefined) this.#submitted.delete(oldest);
    return accepted;
  }

  /**
   * The current action; with a position, no older than that. An action that this client submitted
   * is never missing. Throws the signal's reason.
   */
  action(actionId: string, options: WaitOptions = {}): Promise<Action> {
    const { position = this.#submitted.get(actionId), signal } = options;
    return this.#json<Action>(
      'GET',
      `/api/v1/autonomous/actions/${encodeURIComponent(actionId)}`,
      undefined,
      position === undefined ? {} : { 'interlock-min-position': position },
      signal,
    );
  }

  /**
   * Waits for the action's end and survives lost connections and restarts of Interlock. Throws
   * permanent errors and the signal's reason.
   */
  async waitForOutcome(actionId: string, options: WaitOptions = {}): Promise<Action> {
    return (await this.waitUntil(actionId, ({ state }) => endStates.includes(state), options)) as Action;
  }

  /**
   * Waits as `waitForOutcome` does, until a condition holds. If `withinMs` milliseconds pass first,
   * it returns the action as last read, or undefined if it was never read.
   */
  async waitUntil(
    actionId: string,
    holds: (action: Action) => boolean,
    { withinMs = Infinity, ...options }: WaitOptions & { readonly withinMs?: number } = {},
  ): Promise<Action | undefined> {
    const until = performance.now() + withinMs;
    const leftOf = (ms: number): number => Math.max(0, Math.min(ms, until - performance.now()));
    let seen: Action | undefined;
    for (;;) {
      const ended = new AbortController();
      const signals = [ended.signal, ...(options.signal === undefined ? [] : [options.signal])];
      const events = this.#events(AbortSignal.any(signals))[Symbol.asyncIterator]();
      let pause = pauseMs;
      try {
        let moved = this.#moved(events, actionId);
        for (;;) {
          seen = await this.action(actionId, options);
          if (holds(seen) || leftOf(1) === 0) return seen;
          const isMoved = await Promise.race([
            moved,
            sleep(leftOf(lookEveryMs), options.signal).then(() => 'time' as const),
          ]);
          if (isMoved === 'over') break;
          if (isMoved === 'moved') moved = this.#moved(events, actionId);
        }
      } catch (error) {
        options.signal?.throwIfAborted();
        if (!(error instanceof InterlockProblem) || !error.mayPass) throw error;
        pause = Math.max(pauseMs, (error.retryAfterS ?? 0) * 1000);
      } finally {
        ended.abort();
      }
      if (leftOf(1) === 0) return seen;
      await sleep(leftOf(pause), options.signal);
    }
  }

  /**
   * The events of one action, or of all that the caller may read, in the order of the log: from now
   * on, or strictly after a position. It reconnects by itself, and then misses and repeats none.
   * Ends on the signal; throws permanent errors.
   */
  async *follow(
    actionId: string | null = null,
    { signal = new AbortController().signal, after }: FollowOptions = {},
  ): AsyncGenerator<ActionEvent, void, undefined> {
    for (let last = after; !signal.aborted;) {
      let pause = pauseMs;
      try {
        for await (const event of this.#events(signal, last)) {
          last = event.position;
          if (event.type !== opened && (actionId === null || event.action_id === actionId)) yield event;
        }
      } catch (error) {
        if (signal.aborted) return;
        if (error instanceof InterlockProblem) {
          if (!error.mayPass) throw error;
          pause = Math.max(pauseMs, (error.retryAfterS ?? 0) * 1000);
        }
      }
      await sleep(pause, signal).catch(() => undefined);
    }
  }

  approve(actionId: string, decision: DecisionOptions = {}): Promise<Action> {
    return this.#decide(actionId, 'approve', decision);
  }

  confirm(actionId: string, decision: DecisionOptions = {}): Promise<Action> {
    return this.#decide(actionId, 'confirm', decision);
  }

  reject(actionId: string, comment?: string): Promise<Action> {
    return this.#post(actionId, 'reject', comment === undefined ? {} : { comment });
  }

  cancel(actionId: string): Promise<Action> {
    return this.#post(actionId, 'cancel', {});
  }

  /** Takes back a running execution. */
  rollback(actionId: string): Promise<Action> {
    return this.#post(actionId, 'rollback', {});
  }

  /** Any other call of the API. */
  call<T>(method: 'GET' | 'POST' | 'PUT' | 'DELETE', path: string, body?: unknown): Promise<T> {
    return this.#json<T>(method, path, body);
  }

  async #decide(
    actionId: string,
    what: 'approve' | 'confirm',
    { digest, comment }: DecisionOptions,
  ): Promise<Action> {
    const shown = digest ?? (await this.#askedOf(actionId, what));
    return this.#post(actionId, what, { digest: shown, ...(comment === undefined ? {} : { comment }) });
  }

  async #askedOf(actionId: string, what: 'approve' | 'confirm'): Promise<string | undefined> {
    const action = await this.action(actionId);
    return (what === 'approve' ? action.approval : action.window)?.digest;
  }

  #post(actionId: string, what: string, body: object): Promise<Action> {
    return this.#json('POST', `/api/v1/autonomous/actions/${encodeURIComponent(actionId)}/${what}`, body);
  }

  async #moved(events: AsyncIterator<ActionEvent>, actionId: string): Promise<'moved' | 'over'> {
    try {
      for (;;) {
        const next = await events.next();
        if (next.done === true) return 'over';
        if (next.value.action_id === actionId) return 'moved';
      }
    } catch {
      return 'over';
    }
  }

  async *#events(signal: AbortSignal, last?: string): AsyncGenerator<ActionEvent, void, undefined> {
    const response = await this.#fetch(
      'GET',
      '/api/v1/autonomous/actions/stream',
      undefined,
      last === undefined || last === '' ? {} : { 'last-event-id': last },
      signal,
    );
    if (!response.ok) throw await problemOf(response);
    if (response.body === null) return;
    const stream = response.body
      .pipeThrough(new TextDecoderStream())
      .pipeThrough(new EventSourceParserStream());
    for await (const { event, data, id = '' } of stream) {
      const value = JSON.parse(data) as Omit<ActionEvent, 'type' | 'position'>;
      yield { ...value, type: event ?? '', position: id };
    }
  }

  async #json<T>(
    method: string,
    path: string,
    body?: unknown,
    headers: { readonly [name: string]: string } = {},
    signal?: AbortSignal,
  ): Promise<T> {
    const response = await this.#fetch(method, path, body, headers, signal);
    if (!response.ok) throw await problemOf(response);
    try {
      return (await response.json()) as T;
    } catch (error) {
      signal?.throwIfAborted();
      throw this.#unanswered('breaks off its answers', error);
    }
  }

  #unanswered(how: string, error: unknown): InterlockProblem {
    return new InterlockProblem({
      code: 'service-unreachable',
      detail: `Interlock ${how} at ${this.#options.url}: ${error instanceof Error ? error.message : ''}`,
    });
  }

  async #identity(method: string, address: string): Promise<{ readonly [name: string]: string }> {
    const { token, credential } = this.#options;
    if (credential === undefined)
      return { authorization: `Bearer ${typeof token === 'function' ? await token() : (token ?? '')}` };
    try {
      return await credential.headers(method, address);
    } catch (error) {
      throw error instanceof InterlockProblem ? error : this.#unanswered('gives no token', error);
    }
  }

  async #fetch(
    method: string,
    path: string,
    body?: unknown,
    headers: { readonly [name: string]: string } = {},
    signal?: AbortSignal,
  ): Promise<Response> {
    const { url, tenant } = this.#options;
    const identity = await this.#identity(method, `${url}${path}`);
    try {
      return await fetch(`${url}${path}`, {
        method,
        headers: {
          ...headers,
          ...identity,
          ...(tenant === undefined ? {} : { 'x-tenant-id': tenant }),
          ...(body === undefined ? {} : { 'content-type': 'application/json' }),
        },
        ...(body === undefined ? {} : { body: JSON.stringify(body) }),
        ...(signal === undefined ? {} : { signal }),
      });
    } catch (error) {
      signal?.throwIfAborted();
      throw this.#unanswered('does not answer', error);
    }
  }
}
