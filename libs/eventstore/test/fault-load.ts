import { setTimeout as delay } from 'node:timers/promises';
import {
  collect,
  comparePositions,
  CommandHandler,
  testMetadata,
  uuidV5,
  type CommandContext,
  type Decider,
  type EventToAppend,
  type Position,
  type RecordedEvent,
} from '@interlock/kernel';
import { until } from '@interlock/testing';
import { createFollower, type ConnectedEventStore, type LogFollower } from '../src/index.js';
import { FaultHistory } from './fault-history.js';
import { FaultProcessor } from './fault-processor.js';
import type { Random } from './random.js';

type Added = { readonly type: 'Added'; readonly data: { readonly n: number; readonly text: string } };
type Count = { readonly count: number };
const counter: Decider<{ readonly kind: 'add'; readonly add: number }, Added, Count> = {
  name: 'counter',
  types: ['Added'],
  initial: { count: 0 },
  decide: ({ add }, { count }) =>
    Array.from({ length: add }, (_, i) => ({ type: 'Added', data: { n: count + i, text: 'x'.repeat(200) } })),
  evolve: ({ count }) => ({ count: count + 1 }),
};
const contextOf = (commandId: string): CommandContext => ({
  commandId,
  tenantId: 'demo',
  actor: { kind: 'service', service: 'test' },
  now: '2026-01-01T00:00:00.000Z',
  correlationId: commandId,
  causationId: commandId,
});
/** The events of one command on a stream, with the ids that any repeat of it gives them. */
const eventsOf = (stream: string, command: string, count: number): readonly EventToAppend[] =>
  Array.from({ length: count }, (_, place) => ({
    id: uuidV5(stream, command, `${place}`),
    type: 'Added',
    data: { n: place, text: 'x'.repeat(200) },
    metadata: testMetadata({ tenant_id: 'demo', command_id: command }),
  }));

/**
 * Many callers of one log at once: writers of each kind, readers, subscriptions that crash and
 * resume, followers that prove that they are current.
 */
export class FaultLoad {
  readonly history = new FaultHistory();
  readonly processors: readonly FaultProcessor[];
  readonly #store: ConnectedEventStore;
  readonly #deadlineMs: number;
  readonly #random: Random;
  readonly #followed: {
    readonly follower: LogFollower;
    readonly prefix: string;
    readonly events: RecordedEvent[];
  }[] = [];
  readonly #callers: Promise<void>[] = [];
  #stopping = false;
  /** What a caller saw that must never be. */
  readonly #faults: string[] = [];

  constructor(store: ConnectedEventStore, deadlineMs: number, random: Random) {
    this.#store = store;
    this.#deadlineMs = deadlineMs;
    this.#random = random;
    this.processors = [undefined, ['alone-'], ['shared-', 'trace-'], ['nothing-']].map(
      (prefixes, i) => new FaultProcessor(store, `processor ${i}`, prefixes, null, random.branch()),
    );
    for (const prefix of ['alone-', 'shared-']) {
      const events: RecordedEvent[] = [];
      this.#followed.push({
        prefix,
        events,
        follower: createFollower(store, {
          name: prefix,
          prefixes: [prefix],
          onEvent: (event) => events.push(event),
        }),
      });
    }
  }

  start(): void {
    for (const processor of this.processors) processor.start();
    const each = (count: number, caller: (n: number, random: Random) => Promise<void>): void => {
      for (let n = 0; n < count; n += 1) this.#callers.push(caller(n, this.#random.branch()));
    };
    each(10, (n, random) => this.#writeAlone(`alone-demo:${n}`, random));
    each(6, (n, random) => this.#writeShared(`shared-demo:${n % 2}`, `instance ${n}`, random));
    each(4, (n, random) => this.#writeAnywhere(`trace-demo:${n % 2}`, `${n}`, random));
    each(2, (n, random) => this.#read(`alone-demo:${n}`, random));
    each(1, (_, random) => this.#readAll(random));
    for (const { follower, prefix, events } of this.#followed)
      this.#callers.push(this.#confirm(follower, prefix, events));
  }

  /** Waits for so many more acknowledged appends. */
  async progress(count: number): Promise<void> {
    const before = this.history.written;
    await until(() => this.history.written >= before + count, `${count} more appends were acknowledged`);
  }

  /** Waits until a call more than now has been in trouble. */
  async trouble(): Promise<void> {
    const { history } = this;
    const before = history.troubles + history.repeats;
    await until(() => history.troubles + history.repeats > before, 'a call was in trouble');
  }

  /**
   * Lets every caller finish what it began, the log being well again; answers what contradicts the
   * promises of the adapter.
   */
  async finish(
    forgetful: boolean,
  ): Promise<{ readonly faults: readonly string[]; readonly log: readonly RecordedEvent[] }> {
    this.#stopping = true;
    await Promise.all(this.#callers);
    const log = await this.history.converge(() => collect(this.#store.readAll()));
    const end = log.at(-1)!.position;
    await until(
      () =>
        this.processors.every(
          (processor) =>
            processor.failures.length > 0 ||
            processor.reached(
              log.findLast((event) => processor.matches(event))?.position ?? { commit: 0n, prepare: 0n },
            ),
        ),
      'the subscriptions have brought everything',
    );
    for (const { follower } of this.#followed)
      await this.history.converge(() => follower.confirmAtLeast(end));
    await Promise.all([
      ...this.processors.map((processor) => processor.stop()),
      ...this.#followed.map(({ follower }) => follower.stop()),
    ]);
    const places = (events: readonly RecordedEvent[]): string =>
      events.map(({ position, id }) => `${position.commit} ${id}`).join();
    for (const [i, processor] of this.processors.entries()) {
      if (places(processor.processed) !== places(log.filter((event) => processor.matches(event))))
        this.#faults.push(`subscription ${i} did not process exactly what is in the log`);
      this.#faults.push(...processor.failures.map((error) => `subscription ${i} failed: ${String(error)}`));
    }
    for (const { prefix, events } of this.#followed) {
      if (places(events) !== places(log.filter(({ stream }) => stream.startsWith(prefix))))
        this.#faults.push(`the follower of ${prefix} did not fold exactly what is in the log`);
    }
    return { faults: [...this.#faults, ...this.history.faults(log, forgetful)], log };
  }

  /** Ends the callers of a run that has failed. */
  async abandon(): Promise<void> {
    this.#stopping = true;
    this.history.abandoned = true;
    await Promise.allSettled([
      ...this.#callers,
      ...this.processors.map((processor) => processor.stop()),
      ...this.#followed.map(({ follower }) => follower.stop()),
    ]);
  }

  /** The only writer of a stream. */
  async #writeAlone(stream: string, random: Random): Promise<void> {
    let revision = -1n;
    for (let command = 0; !this.#stopping; command += 1) {
      const events = eventsOf(stream, `${command}`, random.between(1, 3));
      this.history.sent(events);
      const expected = revision < 0n ? 'no_stream' : revision;
      const result = await this.history.converge(() =>
        this.history.timed(this.#deadlineMs, () => this.#store.append(stream, events, expected)),
      );
      this.history.acknowledge(
        stream,
        events.map(({ id }) => id),
        true,
        result,
      );
      revision = result.revision;
      await delay(random.between(1, 20));
    }
  }

  /** One of several instances that decide on the same stream, each with state of its own. */
  async #writeShared(stream: string, instance: string, random: Random): Promise<void> {
    const handler = new CommandHandler(this.#store, counter, { backoff: () => delay(random.between(1, 10)) });
    for (let n = 0; !this.#stopping; n += 1) {
      const command = { kind: 'add' as const, add: random.between(1, 2) };
      const commandId = `${instance}:${n}`;
      this.history.command(commandId);
      await this.history.converge(() => handler.handle(stream, command, contextOf(commandId)));
      this.history.answer(stream, commandId, command.add);
      await delay(random.between(5, 40));
    }
  }

  async #writeAnywhere(stream: string, writer: string, random: Random): Promise<void> {
    for (let n = 0; !this.#stopping; n += 1) {
      const events = eventsOf(stream, `${writer}:${n}`, 1);
      this.history.sent(events);
      const result = await this.history.converge(() =>
        this.history.timed(this.#deadlineMs, () => this.#store.append(stream, events, 'any')),
      );
      this.history.acknowledge(
        stream,
        events.map(({ id }) => id),
        false,
        result,
      );
      await delay(random.between(1, 20));
    }
  }

  /** A stream once read is the beginning of what is read later. */
  async #read(stream: string, random: Random): Promise<void> {
    let known: readonly string[] = [];
    while (!this.#stopping) {
      const ids = (await this.history.converge(() => collect(this.#store.read(stream)))).map(({ id }) => id);
      if (ids.slice(0, known.length).join() !== known.join())
        this.#faults.push(`a later read of \`${stream}\` does not begin with the earlier one`);
      known = ids;
      await delay(random.between(10, 50));
    }
  }

  async #readAll(random: Random): Promise<void> {
    let after: Position | null = null;
    while (!this.#stopping) {
      const head = await this.history.converge(() =>
        this.history.timed(this.#deadlineMs, () => this.#store.head()),
      );
      const page: readonly RecordedEvent[] = await this.history.converge(() =>
        collect(this.#store.readAll({ after, limit: 200 })),
      );
      for (const { position } of page) {
        if (after !== null && comparePositions(position, after) <= 0)
          this.#faults.push(`a read after ${after.commit} brought ${position.commit}`);
        after = position;
      }
      if (page.length < 200 && head !== null && (after === null || comparePositions(after, head) < 0))
        this.#faults.push(`a read to the end stopped before ${head.commit}, which was the head before`);
      await delay(random.between(5, 30));
    }
  }

  /** What was acknowledged before the question has been folded when the answer comes. */
  async #confirm(follower: LogFollower, prefix: string, events: readonly RecordedEvent[]): Promise<void> {
    while (!this.#stopping) {
      const { acknowledged, answered } = this.history;
      const before = acknowledged
        .filter(({ stream }) => stream.startsWith(prefix))
        .slice(-20)
        .flatMap(({ ids }) => ids);
      const commands = answered.filter(({ stream }) => stream.startsWith(prefix)).slice(-20);
      await this.history.converge(() => follower.confirmCurrent());
      const folded = new Set(events.flatMap(({ id, metadata }) => [id, metadata.command_id]));
      if (before.some((id) => !folded.has(id)) || commands.some(({ commandId }) => !folded.has(commandId)))
        this.#faults.push(
          `the follower of ${prefix} said that it was current, and lacked what had been acknowledged before`,
        );
      await delay(30);
    }
  }
}
