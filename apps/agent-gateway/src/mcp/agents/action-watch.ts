import { streamName } from '@interlock/contracts';
import { createFollower, type AdapterLogger, type LogFollower } from '@interlock/eventstore';
import { CommandHandler, type EventStore } from '@interlock/kernel';
import { backoff } from '@interlock/platform';
import { actionDecider, type ActionState } from '@interlock/rails';

/** Follows actions in the log for callers that wait for one. */
export class ActionWatch {
  readonly follower: LogFollower;
  readonly #actions: Pick<CommandHandler<never, never, ActionState>, 'load'>;
  readonly #waiting = new Map<string, Set<() => void>>();

  constructor(store: EventStore, logger: AdapterLogger) {
    this.#actions = new CommandHandler(store, actionDecider, { backoff, cacheSize: 500 });
    this.follower = createFollower(store, {
      name: 'agent-gateway-actions',
      prefixes: ['action-'],
      // A waiting caller loads the action first, so only newer events need to wake it.
      begin: () => store.head(),
      logger,
      onEvent: ({ stream }) => {
        for (const wake of this.#waiting.get(stream) ?? []) wake();
      },
    });
  }

  async load(tenantId: string, actionId: string): Promise<ActionState> {
    return (await this.#actions.load(streamName('action', tenantId, actionId))).state;
  }

  /**
   * Begins to watch an action. `moved` resolves at its next event, after so many milliseconds, or
   * when the signal aborts.
   */
  watch(
    tenantId: string,
    actionId: string,
  ): { readonly moved: (ms: number, signal: AbortSignal) => Promise<void>; readonly end: () => void } {
    const stream = streamName('action', tenantId, actionId);
    const wakes = this.#waiting.get(stream) ?? new Set();
    this.#waiting.set(stream, wakes);
    let hasMoved = false;
    let resolveWait: (() => void) | undefined;
    const wake = (): void => {
      hasMoved = true;
      resolveWait?.();
    };
    wakes.add(wake);
    return {
      moved: async (ms, signal) => {
        if (hasMoved || signal.aborted) {
          hasMoved = false;
          return;
        }
        await new Promise<void>((resolve) => {
          const done = (): void => {
            clearTimeout(timer);
            signal.removeEventListener('abort', done);
            resolveWait = undefined;
            resolve();
          };
          const timer = setTimeout(done, ms);
          signal.addEventListener('abort', done);
          resolveWait = done;
        });
        hasMoved = false;
      },
      end: () => {
        wakes.delete(wake);
        if (wakes.size === 0) this.#waiting.delete(stream);
      },
    };
  }
}
