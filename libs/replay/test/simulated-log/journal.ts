import { alertDecider, incidentDecider, incidentsOf, RuleEngine } from '@interlock/alerting';
import { streamName, type Actor } from '@interlock/contracts';
import {
  encodeCommand,
  uuidV5,
  type Command,
  type Decider,
  type DomainEvent,
  type RecordedCommand,
  type RecordedEvent,
} from '@interlock/kernel';
import { buildTopology, type Topology } from '@interlock/network';
import {
  compilePolicies,
  HistoryIndex,
  type CompiledPolicies,
  type EvaluableBundle,
} from '@interlock/policy';
import { DecisionMemory, outcomeOf, traceOf, type TraceV1 } from '@interlock/twin';

// The benchmark runs these files without a compiler. So relative imports end in `.ts`, and the
// syntax is erasable.

export const [tenant, account] = ['sim', 'ran'];
const epoch0 = Date.parse('2026-11-20T21:00:00.000Z');
export const service = (name: string): Actor => ({ kind: 'service', service: name });
export const person = (name: string): Actor => ({ kind: 'person', person_id: uuidV5('person', name) });

/** What people do who are asked. */
export type Answer = 'approve' | 'reject' | 'cancel' | 'extend' | 'nothing';
/** What may go wrong at a step of an action or of its handler. */
export type Fault =
  | 'no-service'
  | 'notified'
  | 'escalated'
  | 'refused'
  | 'lapsed'
  | 'failed'
  | 'unknown'
  | 'worse'
  | 'undo-failed'
  | 'undo-refused';

type Stream = { state: unknown; revision: bigint };

/** The log so far, with its clock, its random numbers and the services' states in memory. */
export class Journal {
  readonly streams = new Map<string, Stream>();
  readonly memory = new DecisionMemory();
  readonly history = new HistoryIndex();
  /** The trace of each action that left one. */
  readonly traces = new Map<string, TraceV1>();
  /** What everybody does who is asked, as a story says it; null: anything. */
  answer: Answer | null = null;
  /** Faults that a story asks for. Each happens once, at the next step that can have it. */
  readonly faults = new Set<Fault>();
  /** Faults happen only where a story asks for one. */
  isSteady = false;
  now = epoch0;
  position = 0n;
  commands = 0;
  policies: CompiledPolicies = compilePolicies([]);
  bundle: EvaluableBundle | null = null;
  topology: Topology = buildTopology([], '0');
  /** Appended events that have not been taken yet. */
  readonly out: RecordedEvent[] = [];
  readonly #alerts = new RuleEngine();
  #seed: number;

  constructor(seed: number) {
    this.#seed = seed;
  }

  get at(): string {
    return new Date(this.now).toISOString();
  }

  state<S>(stream: string, decider: Decider<never, never, S>): S {
    return (this.streams.get(stream)?.state as S | undefined) ?? decider.initial;
  }

  random(): number {
    this.#seed = (Math.imul(this.#seed, 1_664_525) + 1_013_904_223) >>> 0;
    return this.#seed / 2 ** 32;
  }

  chance(share: number): boolean {
    return this.random() < share;
  }

  /** True if a story asked for the fault, or by chance. */
  fails(fault: Fault, share = 0): boolean {
    const byChance = share > 0 && this.chance(share) && !this.isSteady;
    return this.faults.delete(fault) || byChance;
  }

  /**
   * One append. `told` is its command. An event of a change request has an id of its own, and gives
   * back its random numbers, so that the rest of the log stays the same.
   */
  append(
    stream: string,
    events: readonly DomainEvent[],
    by: Actor,
    decider?: Decider<never, never, unknown>,
    told?: RecordedCommand,
    of: { readonly id?: string; readonly change?: { readonly id: string; readonly digest: string } } = {},
  ): void {
    const seed = this.#seed;
    const isExtra = of.id !== undefined && of.change === undefined;
    const command = of.id ?? uuidV5('command', `${(this.commands += 1)}`);
    const known = this.streams.get(stream) ?? { state: decider?.initial, revision: -1n };
    this.streams.set(stream, known);
    const versions: { readonly [type: string]: number } = decider?.schemaVersions ?? {};
    const appended: RecordedEvent[] = [];
    for (const [place, { type, data }] of events.entries()) {
      known.revision += 1n;
      this.position += BigInt(1 + Math.floor(this.random() * 2));
      const event: RecordedEvent = {
        id: uuidV5(stream, command, `${place}`),
        type,
        data,
        stream,
        revision: known.revision,
        position: { commit: this.position, prepare: this.position },
        created: this.at,
        metadata: {
          $correlationId: /^(?:action|change|device_tx)-/.test(stream)
            ? stream.slice(stream.indexOf(':') + 1)
            : command,
          $causationId: command,
          tenant_id: tenant,
          actor: by,
          schema_version: versions[type] ?? 1,
          occurred_at: this.at,
          command_id: command,
          ...(place > 0 || told === undefined ? {} : { command: told }),
          ...(of.change === undefined ? {} : { change: of.change }),
        },
      };
      if (decider !== undefined) known.state = decider.evolve(known.state, event as never);
      this.history.take(event);
      this.out.push(event);
      appended.push(event);
    }
    // The events of one append are adjacent, as in the real log.
    for (const event of appended) this.#followed(event);
    if (isExtra) this.#seed = seed;
  }

  tell<C extends Command, E extends DomainEvent, S>(
    stream: string,
    decider: Decider<C, E, S>,
    command: C,
    by: Actor,
    of?: Parameters<Journal['append']>[5],
  ): void {
    const events = decider.decide(command, this.state(stream, decider as never));
    const [first] = events;
    if (first !== undefined)
      this.append(
        stream,
        events,
        by,
        decider as never,
        encodeCommand(command, first.data, { now: this.at, actor: by }),
        of,
      );
  }

  /** Appends the consequences of an event: incidents, alerts, traces. */
  #followed(event: RecordedEvent): void {
    for (const { command, tenant: whose, alert_id } of this.#alerts.take(event))
      this.tell(streamName('alert', whose, alert_id), alertDecider, command, service('alerting'));
    for (const { stream, command } of incidentsOf(event))
      this.tell(stream, incidentDecider, command, service('alerting'));
    const outcome = event.stream.startsWith('action-') ? outcomeOf(event.type) : undefined;
    if (outcome === undefined) return;
    const id = event.stream.slice(event.stream.indexOf(':') + 1);
    const trace = traceOf(
      uuidV5('trace', tenant, id),
      id,
      outcome,
      event.data as never,
      event.metadata.occurred_at,
    );
    if (trace === undefined || this.memory.has(trace)) return;
    this.append(
      `trace-${tenant}:${this.at.slice(0, 10)}`,
      [{ type: 'TraceRecorded', data: trace }],
      service('digital-twin'),
    );
    this.memory.add(trace, `${this.position}`);
    this.traces.set(id, trace);
  }
}
