import type { JsonObject, RpcName } from '@interlock/contracts';
import {
  collect,
  InMemoryEventStore,
  ProblemError,
  type EventStore,
  type EventToAppend,
  type ExpectedRevision,
  type LogSubscription,
  type RecordedEvent,
} from '@interlock/kernel';
import type { Machine, SimProcess } from './machine.js';

/** How bad the weather between the processes is; each a share of 0 to 1. */
export type Faults = {
  /**
   * Of requests that never come, of answers that never come back, of messages that come late and
   * again.
   */
  loss: number;
  /** Of what takes seconds in place of milliseconds. */
  slow: number;
};

/** What a process is asked on the bus. */
export type Served = (request: JsonObject) => Promise<unknown>;
export type Server = { readonly process: SimProcess; readonly answer: Served };

const unreachable = (service: string, what: string): ProblemError =>
  new ProblemError('service-unreachable', `\`${service}\` is away: ${what}`, { members: { service } });

/**
 * The one log and the one bus between the processes. Nothing comes at once, and nothing comes for
 * sure.
 */
export class Network {
  readonly faults: Faults = { loss: 0.02, slow: 0.02 };
  readonly log: InMemoryEventStore;
  /** What was committed, in that order, by the right time. */
  readonly events: RecordedEvent[] = [];
  readonly #ids = new Set<string>();
  readonly #servers = new Map<string, Server[]>();
  readonly #listeners: ((event: RecordedEvent) => void)[] = [];
  /**
   * Called after a commit, before the answer to it is on its way: where a process is killed at one
   * of its appends.
   */
  onCommit: (events: readonly RecordedEvent[], by: SimProcess | null) => void = () => undefined;

  constructor(readonly machine: Machine) {
    this.log = new InMemoryEventStore(() => new Date(machine.trueMs).toISOString());
  }

  /** Receives every event once it is committed, unlike the bus, which delivers late and repeats. */
  onEvent(listener: (event: RecordedEvent) => void): void {
    this.#listeners.push(listener);
  }

  async #commit(
    stream: string,
    events: readonly EventToAppend[],
    expected: ExpectedRevision,
    by: SimProcess | null,
  ): ReturnType<EventStore['append']> {
    const result = await this.log.append(stream, events, expected);
    const fresh = events.flatMap((event, place): readonly RecordedEvent[] => {
      if (this.#ids.has(event.id)) return [];
      this.#ids.add(event.id);
      return [
        {
          ...event,
          data: structuredClone(event.data),
          stream,
          revision: result.revision - BigInt(events.length - 1 - place),
          position: result.position,
          created: new Date(this.machine.trueMs).toISOString(),
        },
      ];
    });
    this.events.push(...fresh);
    for (const event of fresh) for (const listener of this.#listeners) listener(event);
    this.onCommit(fresh, by);
    return result;
  }

  /**
   * Something that takes time there and back, and is lost where the weather says so: before it was
   * done, or after.
   */
  #thereAndBack<T>(
    owner: SimProcess | null,
    work: () => Promise<T>,
    lost: { readonly before: () => Error; readonly after: () => Error },
    isLossy: boolean,
  ): Promise<T> {
    const { machine, faults } = this;
    const trip = (): number =>
      machine.chance(faults.slow) ? machine.between(50, 3000) : machine.between(0.2, 4);
    const fate = isLossy ? machine.random() : 1;
    return new Promise<T>((resolve, reject) => {
      const back = (end: () => void): void => {
        machine.after(trip(), owner, end);
      };
      machine.after(trip(), null, () => {
        if (fate < faults.loss / 2) {
          back(() => {
            reject(lost.before());
          });
          return;
        }
        work().then(
          (value) => {
            back(() => {
              if (fate < faults.loss) reject(lost.after());
              else resolve(value);
            });
          },
          (error: unknown) => {
            back(() => {
              reject(error as Error);
            });
          },
        );
      });
    });
  }

  /** The log as a process reaches it. */
  storeOf(owner: SimProcess): EventStore {
    const away = (): Error => new ProblemError('log-unavailable', 'the log does not answer');
    const unknown = (): Error =>
      new ProblemError('append-outcome-unknown', 'the log did not say whether it has written');
    const ask = <T>(work: () => Promise<T>): Promise<T> =>
      this.#thereAndBack(owner, work, { before: away, after: away }, true);
    const { log } = this;
    const read = async function* (...args: Parameters<EventStore['read']>): AsyncIterable<RecordedEvent> {
      yield* await ask(() => collect(log.read(...args)));
    };
    const readAll = async function* (
      ...args: Parameters<EventStore['readAll']>
    ): AsyncIterable<RecordedEvent> {
      yield* await ask(() => collect(log.readAll(...args)));
    };
    return {
      append: (stream, events, expected) =>
        this.#thereAndBack(
          owner,
          () => this.#commit(stream, events, expected, owner),
          { before: () => (this.machine.chance(0.5) ? away() : unknown()), after: unknown },
          true,
        ),
      read,
      readAll,
      head: () => ask(() => log.head()),
      setRetention: () => Promise.resolve(),
      scavenge: () => Promise.resolve(),
      subscribe: (options, handlers): LogSubscription => {
        let isStopped = false;
        let last = 0;
        // Events of a subscription come in order, each some time after it was committed.
        const deliver = (hand: () => void): void => {
          const lag = this.machine.chance(this.faults.slow)
            ? this.machine.between(20, 2000)
            : this.machine.between(0.2, 6);
          last = Math.max(last, this.machine.now + lag);
          this.machine.after(last - this.machine.now, owner, () => {
            if (!isStopped) hand();
          });
        };
        const inner = log.subscribe(options, {
          onEvent: (event) => {
            deliver(() => void handlers.onEvent(event));
          },
          onCaughtUp: () => {
            deliver(() => void handlers.onCaughtUp?.());
          },
        });
        return {
          stop: async () => {
            isStopped = true;
            await inner.stop();
          },
        };
      },
    };
  }

  /** Whoever lives and serves a command gets its share of the requests. */
  serve(names: readonly RpcName[], process: SimProcess, answer: (name: RpcName) => Served): void {
    for (const name of names) {
      const servers = this.#servers.get(name) ?? [];
      servers.push({ process, answer: answer(name) });
      this.#servers.set(name, servers);
    }
  }

  /**
   * Asks a service; without an answer in time it is unreachable, whatever became of the request.
   * Some requests are heard twice.
   */
  call(owner: SimProcess, name: RpcName, request: object, deadlineMs = 2000): Promise<unknown> {
    const { machine } = this;
    const service = name.split('.')[0] ?? name;
    const alive = (this.#servers.get(name) ?? []).filter(({ process }) => !process.isDead);
    if (alive.length === 0)
      return new Promise((_, reject) => {
        machine.after(1, owner, () => {
          reject(unreachable(service, 'nobody answers'));
        });
      });
    const asked = JSON.stringify(request);
    const attempt = (): Promise<unknown> => {
      const server = machine.pick(alive);
      return this.#thereAndBack(
        owner,
        () =>
          new Promise((resolve, reject) => {
            machine.after(0, server.process, () => {
              server.answer(JSON.parse(asked) as JsonObject).then((answer) => {
                resolve(answer === undefined ? undefined : (JSON.parse(JSON.stringify(answer)) as unknown));
              }, reject);
            });
          }),
        { before: () => unreachable(service, 'it did not hear'), after: () => unreachable(service, 'lost') },
        true,
      );
    };
    return new Promise((resolve, reject) => {
      machine.after(deadlineMs, owner, () => {
        reject(unreachable(service, 'it does not answer in time'));
      });
      attempt().then(resolve, reject);
      if (machine.chance(this.faults.loss)) attempt().catch(() => undefined);
    });
  }

  /**
   * A message of the bus: late, sometimes very late because it was redelivered, sometimes twice; it
   * goes to one of those who live then.
   */
  tell(hearers: () => readonly SimProcess[], work: (to: SimProcess) => void): void {
    const { machine, faults } = this;
    const deliver = (ms: number): void => {
      machine.after(ms, null, () => {
        const alive = hearers().filter((process) => !process.isDead);
        if (alive.length === 0) return;
        const to = machine.pick(alive);
        machine.after(0, to, () => {
          work(to);
        });
      });
    };
    const isLate = machine.chance(faults.slow + faults.loss);
    deliver(isLate ? machine.between(1000, 30_000) : machine.between(0.5, 10));
    if (machine.chance(faults.loss)) deliver(machine.between(0.5, 5000));
  }
}
