import { OpenCallsFold, type OpenCall } from '@interlock/agents';
import { parseStream } from '@interlock/contracts';
import { OpenWork, type AdapterLogger, type ConfirmedWork, type LogFollower } from '@interlock/eventstore';
import { notedEvery, type EventStore } from '@interlock/kernel';
import { nowText } from '@interlock/platform';

/**
 * The unfinished calls of all tenants, followed from the log. It shows what is left to do;
 * decisions read the stream itself.
 */
export class OpenCalls {
  readonly #work: OpenWork<OpenCallsFold>;

  /**
   * `onMoved` receives every event of a call, from any instance. `onConfirmed` receives the
   * comparison of the whole log with the snapshot that the start used.
   */
  constructor(
    store: EventStore,
    logger: AdapterLogger,
    onMoved: (tenantId: string, actionId: string) => void,
    onConfirmed?: (found: ConfirmedWork) => void,
    every = notedEvery,
  ) {
    this.#work = new OpenWork(store, {
      service: 'agent-gateway',
      prefixes: ['call-'],
      initial: () => new OpenCallsFold(),
      now: nowText,
      every,
      onEvent: ({ stream }) => {
        const at = parseStream(stream);
        if (at !== undefined) onMoved(at.tenant, at.id);
      },
      ...(onConfirmed === undefined ? {} : { onConfirmed }),
      logger,
    });
  }

  get follower(): LogFollower {
    return this.#work.follower;
  }

  start(): Promise<void> {
    return this.#work.start();
  }

  /** Saves a snapshot of the unfinished calls, and stops. */
  stop(): Promise<void> {
    return this.#work.stop();
  }

  list(): readonly OpenCall[] {
    return this.#work.work.list();
  }
}
