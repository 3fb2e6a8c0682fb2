import type { JsonObject, JsonValue, Reason } from '@interlock/contracts';
import { canonicalJson } from '@interlock/kernel';
import type { Action, InterlockClient } from './client.js';
import { NotApplied, type HandlerRequest, type HandlerTable } from './handlers.js';
import { Journal, type Progress } from './journal.js';
import { InterlockProblem } from './problem.js';

/** How a tool is governed. `I` is its input: an object that JSON can hold. */
export type GovernOptions<I> = {
  readonly client: InterlockClient;
  readonly actionType: string;
  /** The member of the input that names the entity, or a function of the input. */
  readonly entity: (string & keyof I) | ((input: I) => string);
  readonly account: string;
  /** Those of the client's credential by default. */
  readonly agent?: string;
  readonly tenant?: string;
  /** The model behind the agent, and its version: claims that the log keeps. */
  readonly model?: string;
  readonly modelVersion?: string;
  /** The estimated number of affected entities; 1 by default. */
  readonly affected?: number | ((input: I) => number);
  /** The confidence from 0 to 1; 0 by default, so that a person is asked. */
  readonly confidence?: number | ((input: I) => number);
  /** How long one call waits, in milliseconds; 20,000 by default. */
  readonly waitMs?: number;
  /** Takes the tool's work back. The type is then registered with the step `undo`. */
  readonly undo?: (input: I) => unknown;
  /** In memory by default, so that a restart forgets the open calls. */
  readonly journal?: Journal;
};

/** Returned in place of a tool's own result: words for a model, and members for a program. */
export class Outcome {
  readonly status: 'pending' | 'refused' | 'done';
  readonly action_id: string;
  readonly state: string;
  readonly message: string;
  /** What `resume` takes, while the status is `pending`. */
  readonly continuation?: string;

  constructor(status: Outcome['status'], actionId: string, state: string, message: string) {
    this.status = status;
    this.action_id = actionId;
    this.state = state;
    this.message = message;
    if (status === 'pending') this.continuation = actionId;
  }

  toString(): string {
    return this.message;
  }
}

/** The control of one governed tool. */
export type Governance<R = unknown> = {
  readonly actionType: string;
  /** The handler of the action type, for `serveWebhooks` or `serveOnBus`. It runs the tool. */
  readonly handler: HandlerTable;
  /** Continues a pending call, and returns as the tool does. Throws as a call does. */
  readonly resume: (continuation: string) => Promise<R | Outcome>;
};
/** A function that runs through Interlock. It ignores the further arguments of a framework. */
export type GovernedFunction<I, R> = ((input: I, ...more: unknown[]) => Promise<R | Outcome>) & {
  readonly interlock: Governance<R>;
};
type Run = (input: never, ...more: never[]) => unknown;
/** A tool of a framework: its function is the member `execute` or `func`. */
type Tool = { readonly execute?: Run | undefined } | { readonly func: Run };
type RunOf<T> = T extends { readonly func: infer F }
  ? F
  : T extends { readonly execute?: infer F }
    ? NonNullable<F>
    : never;
type InputOf<T> = RunOf<T> extends (input: infer I, ...more: never[]) => unknown ? I : never;

const hasEnded = ({ ended_at }: Action): boolean => ended_at !== null;
/** A first call does not wait for a person; one that is resumed does. */
const isSettled = (action: Action): boolean => hasEnded(action) || action.state === 'AWAITING_APPROVAL';

const asJson = (value: unknown): JsonValue => {
  const text = JSON.stringify(value) as string | undefined;
  return text === undefined ? null : (JSON.parse(text) as JsonValue);
};

const wordsOf = (reasons: readonly Reason[]): string =>
  reasons.map(({ detail }) => ` Reason: ${detail}.`).join('');

class GovernedTool<I, R> implements Governance<R> {
  readonly #run: (input: I) => unknown;
  readonly #options: GovernOptions<I>;
  readonly #journal: Journal;
  readonly #names: {
    readonly tenant_id: string;
    readonly account_id: string;
    readonly agent: string;
    readonly action_type: string;
  };
  readonly handler: HandlerTable;

  constructor(run: (input: I) => unknown, options: GovernOptions<I>) {
    const { client, actionType, account } = options;
    const known = (what: 'tenant' | 'agent'): string => {
      const name = options[what] ?? client[what];
      if (name === undefined) throw new TypeError(`name the ${what}: only a credential has its own`);
      return name;
    };
    this.#run = run;
    this.#options = options;
    this.#journal = options.journal ?? new Journal();
    this.#names = {
      tenant_id: known('tenant'),
      account_id: account,
      agent: known('agent'),
      action_type: actionType,
    };
    this.handler = {
      apply: (request) => this.#apply(request),
      status: (request) => this.#status(request),
      ...(options.undo === undefined ? {} : { undo: (request: HandlerRequest) => this.#takeBack(request) }),
    };
  }

  get actionType(): string {
    return this.#names.action_type;
  }

  /** Submits the call, or joins the identical open one. */
  readonly call = async (input: I): Promise<R | Outcome> => {
    const { client, entity, model, modelVersion, affected = 1, confidence = 0 } = this.#options;
    const parameters = asJson(input);
    if (typeof parameters !== 'object' || parameters === null || Array.isArray(parameters))
      throw new TypeError('the input of a governed tool is an object that JSON can hold');
    const content = {
      ...this.#names,
      entity_id: typeof entity === 'function' ? entity(input) : this.#named(entity, input),
      parameters: parameters as JsonObject,
    };
    const key = canonicalJson(content);
    const { intentId, actionId, position } = this.#journal.open(key);
    if (actionId !== undefined) return this.#follow(actionId, position, hasEnded);
    try {
      const accepted = await client.submit({
        ...content,
        intent_id: intentId,
        ...(model === undefined ? {} : { agent_model: model }),
        ...(modelVersion === undefined ? {} : { agent_model_version: modelVersion }),
        affected_entity_count: typeof affected === 'function' ? affected(input) : affected,
        confidence_score: typeof confidence === 'function' ? confidence(input) : confidence,
      });
      this.#journal.accept(key, accepted.action_id, accepted.position);
      return await this.#follow(accepted.action_id, accepted.position, isSettled);
    } catch (error) {
      if (error instanceof InterlockProblem && !error.mayPass) this.#journal.forget(key);
      throw error;
    }
  };

  readonly resume = (continuation: string): Promise<R | Outcome> =>
    this.#follow(continuation, this.#journal.position(continuation), hasEnded);

  #named(entity: string & keyof I, input: I): string {
    const value = input[entity];
    if (typeof value !== 'string' && typeof value !== 'number')
      throw new TypeError(`the input has no \`${entity}\` that names the entity`);
    return String(value);
  }

  async #follow(
    actionId: string,
    position: string | undefined,
    isEnough: (action: Action) => boolean,
  ): Promise<R | Outcome> {
    const { client, waitMs = 20_000 } = this.#options;
    const action = await client.waitUntil(actionId, isEnough, {
      withinMs: waitMs,
      ...(position === undefined ? {} : { position }),
    });
    if (action !== undefined && action.action_type !== this.actionType)
      throw new TypeError(`the continuation ${actionId} belongs to \`${action.action_type}\``);
    if (action === undefined || !hasEnded(action)) return this.#pending(actionId, action);
    const result = this.#journal.result(actionId);
    this.#journal.close(actionId);
    if (action.state !== 'COMPLETED')
      return new Outcome('refused', actionId, action.state, this.#refusal(action));
    if (result !== undefined) return result as R;
    const message = `Done: ${this.actionType} has run, and its result is not kept.`;
    return new Outcome('done', actionId, action.state, message);
  }

  #pending(actionId: string, action: Action | undefined): Outcome {
    const state = action?.state ?? 'PENDING';
    const why = state === 'AWAITING_APPROVAL' ? "it waits for a person's approval" : 'it is on its way';
    return new Outcome(
      'pending',
      actionId,
      state,
      `Pending: ${this.actionType} has not returned yet, because ${why}.${wordsOf(action?.reasons ?? [])} Make the same call again later, or continue with the continuation ${actionId}.`,
    );
  }

  #refusal({ state, effect, reasons }: Action): string {
    const what =
      state === 'ROLLED_BACK'
        ? effect === 'refused' || effect === 'none'
          ? 'was tried, and nothing was done'
          : 'was tried and taken back'
        : state === 'ROLLBACK_FAILED'
          ? 'may have run, and nobody can say how far it came; do not repeat it'
          : 'was not done';
    return `Refused: ${this.actionType} ${what} (${state}).${wordsOf(reasons)}`;
  }

  async #apply({ action_id: id, parameters }: HandlerRequest): Promise<object> {
    const known = this.#journal.begin(id, 'running') ?? (await this.#ran(id, parameters));
    if (known === 'refused') throw new NotApplied('its status was asked before, and was `not_applied`');
    const statuses: { readonly [progress in Progress]?: string } = {
      applied: 'applied',
      running: 'in_progress',
      failed: 'failed',
    };
    return { status: statuses[known] ?? fail(`the action is ${known}`) };
  }

  async #ran(id: string, parameters: JsonObject): Promise<Progress> {
    try {
      this.#journal.end(id, 'applied', asJson(await this.#run(parameters as I)));
      return 'applied';
    } catch (error) {
      if (error instanceof NotApplied) {
        this.#journal.end(id, 'failed');
        return 'failed';
      }
      this.#journal.end(id, 'unknown');
      throw error;
    }
  }

  #status({ action_id: id }: HandlerRequest): object {
    // The answer is a promise: an `apply` that comes later does nothing.
    const known = this.#journal.isKept
      ? (this.#journal.begin(id, 'refused') ?? 'refused')
      : (this.#journal.progress(id) ?? 'unknown');
    const statuses: { readonly [progress in Progress]?: string } = {
      applied: 'applied',
      running: 'in_progress',
      undoing: 'in_progress',
      failed: 'not_applied',
      refused: 'not_applied',
      undone: 'undone',
    };
    return { status: statuses[known] ?? fail('nobody can say whether the tool has run') };
  }

  async #takeBack({ action_id: id, parameters }: HandlerRequest): Promise<object> {
    if (this.#journal.progress(id) === 'applied') {
      this.#journal.end(id, 'undoing');
      try {
        await this.#options.undo?.(parameters as I);
      } catch (error) {
        this.#journal.end(id, 'unknown');
        throw error;
      }
      this.#journal.end(id, 'undone');
    }
    if (this.#journal.progress(id) !== 'undone')
      fail('there is nothing to undo, or nobody can say how far it came');
    return { status: 'undone' };
  }
}

const fail = (message: string): never => {
  throw new Error(message);
};

/**
 * Governs a tool: a call of it submits an intent, and the handler of the action type runs it once
 * Interlock asks. A call returns the tool's result as JSON keeps it, or an `Outcome` in words.
 * Throws InterlockProblem if Interlock refuses the intent itself.
 *
 * `tool` is a function of one object, or a framework's tool whose function is `execute` or `func`.
 * A tool is copied, and keeps its shape. It receives its input alone, since it may run after the
 * call has ended. An exception leaves the outcome unknown; throw `NotApplied` if nothing was done.
 */
export function govern<I extends object, R>(
  tool: (input: I) => R,
  options: GovernOptions<NoInfer<I>>,
): GovernedFunction<I, Awaited<R>>;
export function govern<T extends Tool>(
  tool: T,
  options: GovernOptions<InputOf<NoInfer<T>>>,
): T & { readonly interlock: Governance };
export function govern(tool: ((input: never) => unknown) | Tool, options: GovernOptions<never>): unknown {
  if (typeof tool === 'function') {
    const interlock = new GovernedTool<never, unknown>(tool, options);
    return Object.assign((input: never) => interlock.call(input), { interlock });
  }
  const name = 'func' in tool ? 'func' : 'execute';
  const run = (tool as { readonly [member: string]: ((...given: unknown[]) => unknown) | undefined })[name];
  if (run === undefined)
    throw new TypeError('the tool has neither `execute` nor `func`, so it runs elsewhere');
  const own = new GovernedTool<never, unknown>(
    // The functions of most frameworks take their context from a second object.
    (input) => (name === 'func' ? run.call(tool, input) : run.call(tool, input, {})),
    options,
  );
  const copy = Object.create(
    Object.getPrototypeOf(tool) as object,
    Object.getOwnPropertyDescriptors(tool),
  ) as object;
  return Object.defineProperties(copy, {
    [name]: {
      value: (input: never) => own.call(input),
      enumerable: true,
      writable: true,
      configurable: true,
    },
    interlock: { value: own },
  });
}

/** The handlers of governed tools by action type, for `serveWebhooks`. */
export const handlersOf = (
  ...tools: readonly { readonly interlock: Governance }[]
): { readonly [actionType: string]: HandlerTable } =>
  Object.fromEntries(tools.map(({ interlock }) => [interlock.actionType, interlock.handler]));
