import { Inject, Injectable } from '@nestjs/common';
import { defaults, systemTenant, type RpcAnswer, type RpcRequest } from '@interlock/contracts';
import { createFollower, type LogFollower } from '@interlock/eventstore';
import { evolveRecorded, type EventStore } from '@interlock/kernel';
import { EVENT_STORE, nowText, serviceCommandContext } from '@interlock/platform';
import {
  executorDecider,
  executorsAsked,
  executorsStream,
  type AnsweredUse,
  type AskedExecutor,
  type ExecutorCommand,
  type ExecutorsState,
} from '@interlock/rails';
import { ExecutorHandler } from '../handlers.js';

type Request = RpcRequest<'safety-rails.executor'>;

/**
 * The executors of all instances from the log: those that may hold a lease, and the kill-switch
 * uses that each has acted on.
 */
@Injectable()
export class Executors {
  readonly follower: LogFollower;
  #state: ExecutorsState = executorDecider.initial;
  #retained: Promise<void> | undefined;
  readonly #waiting = new Set<() => void>();

  constructor(
    @Inject(EVENT_STORE) private readonly store: EventStore,
    private readonly handler: ExecutorHandler,
  ) {
    this.follower = createFollower(store, {
      name: 'safety-rails-executors',
      prefixes: [executorsStream],
      onEvent: (event) => {
        this.#state = evolveRecorded(executorDecider, this.#state, event);
        for (const look of this.#waiting) look();
      },
    });
  }

  /**
   * Writes an executor's report; returns how long the executor then counts as registered. Throws
   * the store's errors.
   */
  async take(request: Request): Promise<RpcAnswer<'safety-rails.executor'>> {
    const now = nowText();
    const { service, instance } = request;
    const command: ExecutorCommand =
      request.kind === 'answer'
        ? { kind: 'answer', service, instance, stream: request.stream, revision: request.revision }
        : request.kind === 'register'
          ? { kind: 'register', service, instance, now }
          : { kind: 'leave', service, instance };
    this.#retained ??= this.store
      .setRetention(executorsStream, { maxAgeS: defaults.executor_registration_days * 86_400 })
      .catch(() => {
        this.#retained = undefined;
      });
    await this.#retained;
    await this.handler.load(executorsStream);
    await this.handler.handle(
      executorsStream,
      command,
      serviceCommandContext(service, systemTenant, {
        now,
        correlationId: instance,
        causationId: instance,
      }),
    );
    return { registered_s: defaults.executor_registration_s };
  }

  /** Returns the executors that may hold a lease, and whether each has acted on this use. */
  asked(use: AnsweredUse): readonly AskedExecutor[] {
    return executorsAsked(this.#state, use, nowText());
  }

  /**
   * Resolves to true once every registered executor, and at least one, has acted on the use.
   * Resolves to false when the time is up. The follower's state is first proved current, because an
   * executor that registers later reads the switch itself.
   */
  allAnswered(use: AnsweredUse, withinMs: number): Promise<boolean> {
    return new Promise((resolve) => {
      let isCurrent = false;
      const look = (): void => {
        const asked = isCurrent ? this.asked(use) : [];
        if (asked.length > 0 && asked.every(({ answered }) => answered)) end(true);
      };
      const end = (answer: boolean): void => {
        clearTimeout(timer);
        this.#waiting.delete(look);
        resolve(answer);
      };
      const timer = setTimeout(() => end(false), Math.max(0, withinMs));
      this.#waiting.add(look);
      this.follower.confirmCurrent().then(
        () => {
          isCurrent = true;
          look();
        },
        // If the log cannot be read, only the elapsed time acknowledges.
        () => undefined,
      );
    });
  }
}
