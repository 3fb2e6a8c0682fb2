import { callDecider, mcpServerDecider, type CallState, type McpServerState } from '@interlock/agents';
import { budgetDayDecider, budgetStateRows, type BudgetDayState } from '@interlock/autonomy';
import { actionOfTx, parseStream, type HandlerEndpoint } from '@interlock/contracts';
import { evolveRecorded, type RecordedEvent } from '@interlock/kernel';
import {
  leavesAdoptedBy,
  leavesLeftBy,
  preparedAfter,
  type ExpectedLeaf,
  type PreparedLeaves,
} from '@interlock/network';
import { actionTypeDecider, type ActionTypeState } from '@interlock/policy';

/** The categories of the events from which the last recorded state follows. */
export const lastWordCategories = [
  'action_type',
  'budget',
  'call',
  'device',
  'device_tx',
  'mcp_server',
] as const;

/** A registered MCP server, with the digest of each tool that a person confirmed. */
export type LoggedServer = { readonly server: string; readonly tools: ReadonlyMap<string, string> };
/** The use of a day's budget by an account, in the form of the API. */
export type LoggedDay = { readonly account: string; readonly day: string; readonly answer: object };
/** A registered handler that Interlock calls by a POST or on the bus. */
export type LoggedHandler = {
  readonly action_type: string;
  readonly endpoint: Exclude<HandlerEndpoint, { readonly kind: 'mcp' }>;
};

/**
 * An action that a handler of the tenant was asked to apply. `word` is its state according to the
 * log: `applied`, `not_applied` (also if it was undone), `under_way`, or `unknown` if the log
 * itself leaves that to a person.
 */
export type LoggedCall = {
  readonly action_id: string;
  readonly action_type: string;
  readonly word: 'applied' | 'not_applied' | 'under_way' | 'unknown';
  /** The time of its latest event in the log. */
  readonly at: string;
};

const wordOf = ({ phase }: CallState): LoggedCall['word'] | null => {
  switch (phase) {
    case 'none':
    case 'turn_accepted':
    case 'turn_taken':
    case 'lapsed':
    case 'refused':
    case 'accepted':
      return null;
    case 'confirmed':
      return 'applied';
    case 'undone':
    case 'failed':
      return 'not_applied';
    case 'undo_failed':
      return 'unknown';
    default:
      return 'under_way';
  }
};

/** Returns the API's figures of a budget's day, from its state. */
export const budgetFigures = (
  tenant: string,
  account: string,
  day: string,
  state: BudgetDayState,
): object => ({
  count: state.count,
  by_action_type: state.by_type,
  items: budgetStateRows(tenant, account, day, state),
});

const keyOf = ({ binding, path }: Pick<ExpectedLeaf, 'binding' | 'path'>): string =>
  JSON.stringify([binding, path]);

/**
 * The last recorded state of the world outside in one tenant's log: the leaves on each device, the
 * MCP servers and handlers, and the use of the budgets.
 */
export class RecordedWorld {
  readonly #tenant: string;
  readonly #devices = new Map<string, Map<string, ExpectedLeaf>>();
  readonly #prepared = new Map<string, PreparedLeaves>();
  readonly #servers = new Map<string, McpServerState>();
  readonly #days = new Map<string, BudgetDayState>();
  readonly #types = new Map<string, ActionTypeState>();
  readonly #calls = new Map<string, CallState>();

  constructor(tenant: string) {
    this.#tenant = tenant;
  }

  /** Takes the log's next event. Events of other tenants and categories change nothing. */
  take(event: RecordedEvent): void {
    const of = parseStream(event.stream);
    if (of?.tenant !== this.#tenant) return;
    switch (of.category) {
      case 'device':
        this.#device(of.id, event);
        return;
      case 'device_tx':
        this.#transaction(of.id, event);
        return;
      case 'mcp_server':
        this.#servers.set(of.id, evolveRecorded(mcpServerDecider, this.#server(of.id), event));
        return;
      case 'call': {
        const state = evolveRecorded(callDecider, this.#calls.get(of.id) ?? callDecider.initial, event);
        // The state of a call needs neither the changes nor the notes for an undo.
        this.#calls.set(of.id, { ...state, diff: [], undo: null });
        return;
      }
      case 'budget':
        this.#days.set(
          of.id,
          evolveRecorded(budgetDayDecider, this.#days.get(of.id) ?? budgetDayDecider.initial, event),
        );
        return;
      case 'action_type':
        this.#types.set(
          of.id,
          evolveRecorded(actionTypeDecider, this.#types.get(of.id) ?? actionTypeDecider.initial, event),
        );
    }
  }

  /** Returns the registered devices, ordered by name. */
  devices(): readonly string[] {
    return [...this.#devices.keys()].sort();
  }

  /** Returns the leaves that a device should have, by binding and path. */
  leaves(deviceId: string): readonly ExpectedLeaf[] {
    return [...(this.#devices.get(deviceId) ?? new Map<string, ExpectedLeaf>())]
      .sort(([a], [b]) => (a < b ? -1 : 1))
      .map(([, leaf]) => leaf);
  }

  /** Returns the servers that are not retired. */
  servers(): readonly LoggedServer[] {
    return [...this.#servers].flatMap(([server, { content, retired, tools }]) =>
      content === null || retired
        ? []
        : [{ server, tools: new Map([...tools.values()].map(({ tool, digest }) => [tool, digest])) }],
    );
  }

  handlers(): readonly LoggedHandler[] {
    return [...this.#types].flatMap(([action_type, { entry, retired }]) => {
      const endpoint = entry?.handler?.endpoint;
      return retired || endpoint === undefined || endpoint.kind === 'mcp' ? [] : [{ action_type, endpoint }];
    });
  }

  /**
   * Returns the actions that reached a handler by a POST or on the bus, latest first. An action
   * whose last event is older than `since` (milliseconds since 1970) is left out. Tools of MCP
   * servers are left out too, because they cannot report a state.
   */
  calls(since: number): readonly LoggedCall[] {
    return [...this.#calls.keys()]
      .flatMap((id) => this.call(id) ?? [])
      .filter(({ at }) => Date.parse(at) >= since)
      .sort((a, b) => (a.at < b.at ? 1 : -1));
  }

  /** Returns one of these actions; undefined if there is none with this id. */
  call(actionId: string): LoggedCall | undefined {
    const state = this.#calls.get(actionId);
    const action_type = state?.turn?.action_type;
    if (state === undefined || action_type === undefined) return undefined;
    const word = wordOf(state);
    const isTool = this.#types.get(action_type)?.entry?.handler?.endpoint?.kind === 'mcp';
    return word === null || isTool
      ? undefined
      : { action_id: actionId, action_type, word, at: state.changed_at ?? '' };
  }

  /** Returns each day of each account on which the budget was used or asked. */
  days(): readonly LoggedDay[] {
    return [...this.#days].map(([id, state]) => {
      const place = id.lastIndexOf(':');
      const [account, day] = [id.slice(0, place), id.slice(place + 1)];
      return { account, day, answer: budgetFigures(this.#tenant, account, day, state) };
    });
  }

  #server(id: string): McpServerState {
    return this.#servers.get(id) ?? mcpServerDecider.initial;
  }

  #device(id: string, event: RecordedEvent): void {
    if (event.type === 'DeviceRemoved') this.#devices.delete(id);
    else if (!this.#devices.has(id)) this.#devices.set(id, new Map());
    for (const leaf of leavesAdoptedBy(event)) this.#leave(id, leaf);
  }

  #transaction(id: string, event: RecordedEvent): void {
    const prepared = preparedAfter(this.#prepared.get(id), event);
    if (prepared === undefined) return;
    this.#prepared.set(id, prepared);
    const action_id = actionOfTx(id);
    for (const { is_taken_back: isTakenBack, ...leaf } of leavesLeftBy(event, prepared)) {
      const known = this.#devices.get(prepared.device_id)?.get(keyOf(leaf));
      if (isTakenBack && known !== undefined && known.action_id !== action_id) continue;
      this.#leave(prepared.device_id, { ...leaf, action_id });
    }
  }

  #leave(deviceId: string, leaf: ExpectedLeaf): void {
    this.#devices.get(deviceId)?.set(keyOf(leaf), leaf);
  }
}
