import type { Actor } from '@interlock/contracts';
import {
  encodeCommand,
  fold,
  testMetadata,
  type Command,
  type DomainEvent,
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

  readonly append = (stream: string, event: DomainEvent, actor: Actor, command?: Command): void => {
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
      }),
    });
  };

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
