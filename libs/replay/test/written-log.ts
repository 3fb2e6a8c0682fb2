import { actorKey, type Actor } from '@interlock/contracts';
import {
  changeDecider,
  changeDigest,
  changeStream,
  encodeCommand,
  fold,
  testMetadata,
  type ChangeCommand,
  type ChangeState,
  type Command,
  type Decider,
  type DomainEvent,
  type EventMetadata,
  type Loosens,
  type RecordedEvent,
} from '@interlock/kernel';
import {
  bundleDecider,
  bundleHash,
  bundleIdOf,
  type BundleCommand,
  type BundleState,
  type normalBundle,
} from '@interlock/policy';

export const tenant = 'demo';
export const person = (id: string): Actor => ({ kind: 'person', person_id: id });

/** Events as the services would have written them, each one clock step after the previous one. */
export class WrittenLog {
  readonly events: RecordedEvent[] = [];
  readonly #revisions = new Map<string, bigint>();
  readonly #stepMs: number;
  /** The time of the last event; milliseconds since 1970. */
  now: number;

  constructor(start: string, stepMs: number) {
    this.now = Date.parse(start);
    this.#stepMs = stepMs;
  }

  /** The time of the next event. */
  get next(): string {
    return new Date(this.now + this.#stepMs).toISOString();
  }

  revisionOf(stream: string): bigint | undefined {
    return this.#revisions.get(stream);
  }

  readonly append = (
    stream: string,
    event: DomainEvent,
    actor: Actor,
    command?: Command,
    over: Partial<EventMetadata> = {},
  ): void => {
    const revision = (this.#revisions.get(stream) ?? -1n) + 1n;
    this.#revisions.set(stream, revision);
    const at = this.next;
    this.now += this.#stepMs;
    const place = this.events.length;
    const position = BigInt(place + 1);
    this.events.push({
      id: `00000000-0000-4000-8000-${String(place).padStart(12, '0')}`,
      type: event.type,
      data: event.data,
      stream,
      revision,
      position: { commit: position, prepare: position },
      created: at,
      metadata: testMetadata({
        tenant_id: tenant,
        actor,
        occurred_at: at,
        command_id: `c-${place}`,
        ...(command === undefined ? {} : { command: encodeCommand(command, event.data, { now: at, actor }) }),
        ...over,
      }),
    });
  };

  /**
   * Writes a setting as its service does: what loosens it is requested by Ann and approved by Bob.
   * Returns the state after it.
   */
  set<C extends Command, E extends DomainEvent, S>(
    stream: string,
    decider: Decider<C, E, S>,
    loosens: Loosens<S>,
    command: C,
    before: S = decider.initial,
  ): S {
    const ann = person('ann');
    const decided = decider.decide(command, before);
    const after = fold(decider, decided, { actor: ann, occurred_at: this.next }, before);
    const loosened = loosens(before, after);
    const write = (over: Partial<EventMetadata> = {}): S =>
      decided.reduce((state, event) => {
        this.append(stream, event, ann, command, over);
        return decider.evolve(state, this.events.at(-1) as never);
      }, before);
    if (loosened.length === 0) return write();
    const id = `00000000-0000-4000-9000-${String(this.events.length).padStart(12, '0')}`;
    const revision = `${this.#revisions.get(stream) ?? -1n}`;
    const content = { setting: stream, revision, command, loosened, scope: 'AUTONOMY_ADMIN' as const };
    const digest = changeDigest(content);
    let change: ChangeState = changeDecider.initial;
    const step = (told: ChangeCommand, by: Actor): void => {
      for (const event of changeDecider.decide(told, change)) {
        this.append(changeStream(tenant, id), event, by, told);
        const at = new Date(this.now).toISOString();
        change = fold(changeDecider, [event], { actor: by, occurred_at: at }, change);
      }
    };
    const expires_at = new Date(this.now + 48 * 3_600_000).toISOString();
    const asked = { ...content, digest, requester: actorKey(ann), why: 'why', required_people: 2 as const };
    step({ kind: 'RequestChange', ...asked, expires_at }, ann);
    const bob = person('bob');
    step({ kind: 'ApproveChange', digest, by: actorKey(bob), related: [], now: this.next }, bob);
    const written = write({ change: { id, digest } });
    const applied = `${this.#revisions.get(stream)!}`;
    step({ kind: 'NoteApplied', revision: applied }, { kind: 'service', service: 'safety-rails' });
    return written;
  }

  /** Ann creates a bundle, Bob approves it, Ann releases it. Returns its hash. */
  release(content: ReturnType<typeof normalBundle>, made: object = { source: 'api' }): string {
    const { version } = content;
    const id = bundleIdOf(tenant, version);
    let bundle: BundleState = bundleDecider.initial;
    const step = (command: BundleCommand, by: string): void => {
      for (const event of bundleDecider.decide(command, bundle)) {
        this.append(`bundle-${tenant}:${id}`, event, person(by), command);
        const at = new Date(this.now).toISOString();
        bundle = fold(bundleDecider, [event], { actor: person(by), occurred_at: at }, bundle);
      }
    };
    step({ kind: 'CreateBundle', bundle_id: id, content, source: 'api', ...made }, 'ann');
    const approval_id = `yes-${version}`;
    const bundle_hash = bundleHash(content);
    step({ kind: 'ApproveBundle', actor: person('bob'), approval_id, bundle_hash, note: '' }, 'bob');
    step({ kind: 'ReleaseBundle', approval_id }, 'ann');
    return bundle.status === 'none' ? '' : bundle.bundle_hash;
  }
}
