import { parseStream } from '@interlock/contracts';
import { comparePositions, positionText, sameJson, sha256Hex, type RecordedEvent } from '@interlock/kernel';
import { DerivedStates, plainState, type DerivedState } from './derived-states.js';
import { differing, faultOf, type Finding } from './finding.js';
import { isKnown, withoutDecisions } from './known-events.js';
import { ActionReplay, type EndedAction } from './rails/action.js';
import { AutoApprovalReplay } from './autonomy/auto-approval.js';
import { BudgetReplay } from './autonomy/budget.js';
import { ConsequenceReplay } from './alerting/consequences.js';
import { lintRecall } from '@interlock/policy';
import { ExchangeReplay } from './policy/exchange.js';
import { EvaluationReplay } from './policy/evaluation.js';
import { InventoryReplay } from './network/inventory.js';
import { KillSwitchReplay } from './rails/kill-switch.js';
import { LeaseReplay } from './rails/lease.js';
import { tenantReplay } from './rails/tenant.js';
import { MemoryReplay } from './twin/memory.js';
import { ModeReplay } from './autonomy/mode.js';
import { PostureReplay } from './posture/posture.js';
import { TransactionReplay } from './network/transaction.js';
import { StreamReplay, type StreamOf } from './stream-replay.js';

type Counts = { readonly [name: string]: number };
/** One recorded decision that does not come out again as it stands. `path`: the member of the two sides that differs first. */
export type Difference = {
  readonly stream: string;
  readonly revision: string;
  readonly position: string;
  readonly id: string;
  readonly type: string;
  readonly kind: string;
  readonly what: string;
  readonly path: string;
  readonly recorded: unknown;
  readonly replayed: unknown;
};
export type ReplayReport = {
  readonly events: number;
  /** Decisions that were made again and came out the same, by kind. */
  readonly checked: Counts;
  /** Decisions whose inputs are not all in the file, by kind. */
  readonly unchecked: Counts;
  /** Events of a type or shape that this release does not know, by category, type and `schema_version`. */
  readonly unknown: Counts;
  /** Events of categories in which nobody decides anything. */
  readonly passed_over: Counts;
  /** What must follow from what was recorded and is not in the file, by kind: it may come after its end. */
  readonly owed: Counts;
  /** States that follow from the log, and the digest over all of them; null where a decision differs. */
  readonly states: { readonly count: number; readonly digest: string } | null;
  readonly difference: Difference | null;
};
export type ReplayOptions = {
  /** The events are the whole log of a tenant from its beginning: a stream that does not begin in it differs, unless its events are kept for a time only. */
  readonly whole?: boolean;
  /** SHA-256 of a text in UTF-8, lower-case hex, where there is a faster one. */
  readonly sha256?: (text: string) => string;
  /** Told of each derived state: of an action as soon as nothing can follow, of everything else when the replay ends. `hash` is over the canonical JSON of the state. */
  readonly onState?: (derived: DerivedState, hash: string) => void;
};

/** Streams whose old events the log drops. */
const keptForATime = /^(?:lease|budget)-/;

/**
 * Makes recorded decisions again, event by event, in the order of the log: pure, offline, from the export alone. Keeps what is open: an action that is over
 * leaves its stream's name and a hash.
 */
export class Replay {
  readonly #modes: ModeReplay;
  readonly #autoApproval: AutoApprovalReplay;
  readonly #postures = new PostureReplay();
  readonly #switches = new KillSwitchReplay();
  readonly #budgets: BudgetReplay;
  readonly #leases = new LeaseReplay();
  readonly #tenants = tenantReplay();
  readonly #evaluations: EvaluationReplay;
  readonly #transactions: TransactionReplay;
  readonly #actions: ActionReplay;
  readonly #consequences: ConsequenceReplay;
  readonly #inventory: InventoryReplay;
  readonly #memory: MemoryReplay;
  readonly #lint = new StreamReplay(lintRecall);
  readonly #exchange = new ExchangeReplay();
  readonly #states: DerivedStates;
  readonly #whole: boolean;
  /** Each stream's last revision; the sign says whether its beginning is in the file. */
  readonly #seen = new Map<string, bigint>();
  readonly #partial = new Set<string>();
  /** Streams with an event that is not known: nothing more is said of them. */
  readonly #beyond = new Set<string>();
  readonly #counts = {
    checked: {} as { [kind: string]: number },
    unchecked: {} as { [kind: string]: number },
    unknown: {} as { [kind: string]: number },
    passed_over: {} as { [kind: string]: number },
  };
  #last: RecordedEvent | undefined;
  #events = 0;
  #over = false;
  #difference: Difference | null = null;

  constructor(options: ReplayOptions = {}) {
    this.#whole = options.whole === true;
    this.#modes = new ModeReplay(this.#whole);
    this.#autoApproval = new AutoApprovalReplay(this.#whole);
    this.#budgets = new BudgetReplay(this.#modes);
    this.#inventory = new InventoryReplay(this.#whole);
    this.#memory = new MemoryReplay(this.#whole);
    this.#consequences = new ConsequenceReplay((stream) => this.#presence(stream), this.#memory);
    this.#evaluations = new EvaluationReplay(this.#modes, this.#autoApproval, this.#whole);
    this.#transactions = new TransactionReplay(
      (stream) => this.#actions.startedAction(stream),
      this.#whole,
      this.#inventory,
    );
    this.#actions = new ActionReplay({
      modes: this.#modes,
      autoApproval: this.#autoApproval,
      postures: this.#postures,
      switches: this.#switches,
      budgets: this.#budgets,
      leases: this.#leases,
      evaluations: this.#evaluations,
      transactions: this.#transactions,
      memory: this.#memory,
      inventory: this.#inventory,
    });
    this.#states = new DerivedStates(options.sha256 ?? sha256Hex, options.onState);
  }

  /** Takes the next event; false once a decision differs, and from then on. */
  take(event: RecordedEvent): boolean {
    if (this.#difference !== null) return false;
    if (!this.#actions.continues(event)) this.#closeAppend(false);
    if (this.#differs) return false;
    this.#events += 1;
    this.#order(event);
    const of = parseStream(event.stream);
    if (of === undefined) this.#count('unknown', event.stream);
    else if (withoutDecisions.has(of.category)) {
      this.#consequences.cause(event, of);
      this.#count('passed_over', of.category);
    } else if (!isKnown(of, event.type, event.metadata.schema_version)) {
      this.#count('unknown', `${of.category}/${event.type}@${event.metadata.schema_version}`);
      this.#beyond.add(event.stream);
    } else if (this.#beyond.has(event.stream)) this.#count('unchecked', of.category);
    else
      this.#all(
        event,
        this.#guarded(event, () => this.#replayed(event, of)),
      );
    return !this.#differs;
  }

  /** Says that there are no more events: the last append is decided again, and the states of what is still open follow. */
  end(): ReplayReport {
    if (!this.#over && this.#difference === null) {
      this.#over = true;
      this.#closeAppend(true);
      if (!this.#differs && this.#last !== undefined)
        this.#derived(this.#last, () => {
          this.#openStates();
        });
    }
    return this.report();
  }

  report(): ReplayReport {
    const { checked, unchecked, unknown, passed_over } = this.#counts;
    return {
      events: this.#events,
      checked: { ...checked },
      unchecked: { ...unchecked },
      unknown: { ...unknown },
      passed_over: { ...passed_over },
      owed: this.#consequences.owed(),
      states:
        this.#over && this.#difference === null
          ? { count: this.#states.size, digest: this.#states.digest() }
          : null,
      difference: this.#difference,
    };
  }

  get #differs(): boolean {
    return this.#difference !== null;
  }

  #replayed(event: RecordedEvent, of: StreamOf): readonly Finding[] {
    switch (of.category) {
      case 'action': {
        this.#evaluations.before(event);
        const findings = this.#actions.take(event, of);
        this.#consequences.cause(event, of);
        return findings;
      }
      case 'kill_switch':
        this.#consequences.cause(event, of);
        return this.#switches.take(event, of);
      case 'rollout':
        this.#consequences.cause(event, of);
        return this.#evaluations.take(event, of);
      case 'autonomy':
        return of.id === 'config'
          ? this.#modes.take(event, of)
          : of.id === 'auto_approval'
            ? this.#autoApproval.take(event, of)
            : this.#budgets.takeSettings(event, of);
      case 'signal':
      case 'posture':
        return this.#postures.take(event, of);
      case 'budget':
        return this.#budgets.take(event, of);
      case 'lease':
        return this.#leases.take(event, of);
      case 'tenant':
        return this.#tenants.take(event, of);
      case 'exchange':
        return this.#exchange.take(event, of);
      case 'device':
        return this.#inventory.take(event, of);
      case 'lint':
        return this.#lint.take(event, of);
      case 'device_tx':
        return this.#transactions.take(event, of);
      case 'alert':
      case 'incident':
      case 'trace':
        return this.#consequences.take(event, of);
      default:
        return this.#evaluations.take(event, of);
    }
  }

  #closeAppend(cut: boolean): void {
    if (this.#last === undefined) return;
    const closed: { over: EndedAction | null } = { over: null };
    this.#all(
      this.#last,
      this.#guarded(this.#last, () => {
        const { findings, over } = this.#actions.close(cut);
        closed.over = over;
        return findings;
      }),
    );
    const { over } = closed;
    if (over !== null && !this.#differs)
      this.#derived(over.last, () => {
        this.#ended(over);
      });
  }

  /** A state may hold anything that an altered event held. */
  #derived(event: RecordedEvent, derive: () => void): void {
    this.#all(
      event,
      this.#guarded(event, () => {
        derive();
        return [];
      }),
    );
  }

  #ended(action: EndedAction): void {
    this.#derive(action);
    this.#transactions.forget(action.of.tenant, action.of.id);
  }

  /** What was altered may have any shape: what cannot be made again is a difference of its own kind, `shape`, with a sentence that says why in place of another side. */
  #guarded(event: RecordedEvent, replay: () => readonly Finding[]): readonly Finding[] {
    try {
      return replay();
    } catch (error) {
      return [
        {
          kind: 'shape',
          what: `\`${event.type}\` cannot be made again: ${faultOf(error)}`,
          recorded: event.type,
          replayed: null,
        },
      ];
    }
  }

  #all(event: RecordedEvent, findings: readonly Finding[]): void {
    for (const finding of findings) {
      // INVARIANT: a whole log holds what its decisions rest on. What rests on something else was made up.
      if ('missing' in finding) {
        if (!this.#whole || finding.excused === true || this.#beyond.size > 0)
          this.#count('unchecked', finding.kind);
        else
          this.#differ(
            event,
            finding.kind,
            `what it rests on is in the whole log: ${finding.missing}`,
            event.type,
            null,
          );
      } else if (sameJson(finding.recorded, finding.replayed)) this.#count('checked', finding.kind);
      else
        this.#differ(finding.event ?? event, finding.kind, finding.what, finding.recorded, finding.replayed);
      if (this.#differs) return;
    }
  }

  #count(of: 'checked' | 'unchecked' | 'unknown' | 'passed_over', kind: string): void {
    this.#counts[of][kind] = (this.#counts[of][kind] ?? 0) + 1;
  }

  #derive({
    stream,
    of,
    state,
    last,
  }: Pick<EndedAction, 'stream' | 'of'> & {
    readonly state: object;
    readonly last: Pick<RecordedEvent, 'revision' | 'position'>;
  }): void {
    this.#states.add({
      stream,
      ...of,
      revision: `${last.revision}`,
      position: positionText(last.position),
      state: of.category === 'action' ? state : plainState(state),
    });
  }

  #openStates(): void {
    for (const action of this.#actions.open()) this.#derive(action);
    for (const kept of [
      this.#budgets.days,
      this.#switches.switches,
      this.#modes.settings,
      this.#autoApproval.settings,
      this.#budgets.settings,
      this.#postures.settings,
      this.#postures.levels,
      this.#evaluations.teams,
      this.#lint,
    ]) {
      for (const [stream, { state, whole, last }] of kept.entries())
        if (whole) this.#derive({ stream, of: parseStream(stream)!, state: state ?? {}, last });
    }
  }

  #presence(stream: string): 'whole' | 'part' | 'none' {
    if (!this.#seen.has(stream)) return 'none';
    return this.#partial.has(stream) ? 'part' : 'whole';
  }

  #differ(event: RecordedEvent, kind: string, what: string, recorded: unknown, replayed: unknown): void {
    const found = differing(recorded, replayed);
    this.#difference ??= {
      stream: event.stream,
      revision: `${event.revision}`,
      position: positionText(event.position),
      id: event.id,
      type: event.type,
      kind,
      what,
      path: found?.path ?? '',
      recorded: found?.recorded ?? null,
      replayed: found?.replayed ?? null,
    };
  }

  /** A stream's events follow one another, and the file is in the order of the log. */
  #order(event: RecordedEvent): void {
    const before = this.#seen.get(event.stream);
    if (before === undefined && event.revision > 0n) {
      this.#partial.add(event.stream);
      if (this.#whole && !keptForATime.test(event.stream))
        this.#differ(event, 'order', 'the stream begins with its first event', `${event.revision}`, '0');
    }
    if (before !== undefined && event.revision !== before + 1n)
      this.#differ(
        event,
        'order',
        'the revision does not follow the one before',
        `${event.revision}`,
        `${before + 1n}`,
      );
    this.#seen.set(event.stream, event.revision);
    if (this.#last !== undefined && comparePositions(this.#last.position, event.position) > 0)
      this.#differ(
        event,
        'order',
        'the position does not follow the one before',
        `${event.position.commit}`,
        `after ${this.#last.position.commit}`,
      );
    this.#last = event;
  }
}
