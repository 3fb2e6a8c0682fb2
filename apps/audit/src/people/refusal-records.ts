import type {
  Actor,
  RecordAccessAnswer,
  RecordAccessRequest,
  RecordRefusalRequest,
} from '@interlock/contracts';
import { CommandHandler, genuine, type EventStore } from '@interlock/kernel';
import { backoff, newId, nowText } from '@interlock/platform';
import {
  accessDecider,
  accessStream,
  RefusalBound,
  type AccessCommand,
  type CountedRefusals,
} from '@interlock/tree';
import type { Logger } from 'pino';

const everyMs = 10_000;

const actorOf = (key: string): Actor =>
  key.startsWith('person:')
    ? { kind: 'person', person_id: key.slice('person:'.length) }
    : { kind: 'service', service: key.slice('service:'.length) };

type Refusal = { readonly request_id: string; readonly tenant_id: string };

/**
 * Records refusals. A few per minute and credential are recorded singly; the rest of a minute as a
 * count once the minute is over. An unrecorded count is lost if the process ends.
 */
abstract class RefusalRecords<R extends Refusal> {
  readonly #handler;
  readonly #bound: RefusalBound<R>;
  #timer: NodeJS.Timeout | undefined;

  constructor(
    store: EventStore,
    private readonly logger: Pick<Logger, 'warn'>,
    perMinute?: number,
  ) {
    this.#handler = new CommandHandler(genuine(store), accessDecider, { backoff });
    this.#bound = new RefusalBound(perMinute);
  }

  /** Returns the refused credential as one string. */
  protected abstract refusedOf(request: R): string;
  /** Returns the command to record. `counted` is null for a refusal that is recorded singly. */
  protected abstract commandOf(request: R, counted: number | null): AccessCommand;

  start(): void {
    this.#timer = setInterval(() => {
      void this.settle(Date.now());
    }, everyMs);
    this.#timer.unref();
  }

  /** Records the counts so far, including that of the current minute. */
  async stop(): Promise<void> {
    clearInterval(this.#timer);
    await this.settle(Infinity);
  }

  /** Records or counts a refusal. Throws the log's errors. */
  async refused(request: R): Promise<RecordAccessAnswer> {
    if (!this.#bound.passes(`${request.tenant_id} ${this.refusedOf(request)}`, request, Date.now()))
      return { recorded: false };
    await this.#append(request, `refused:${request.request_id}`, null);
    return { recorded: true };
  }

  /** Records the counts of minutes that ended before `at`, in milliseconds. */
  async settle(at: number): Promise<void> {
    for (const counted of this.#bound.due(at))
      await this.#count(counted).catch((error: unknown) => {
        this.logger.warn({ err: error, count: counted.count }, 'refusals could not be recorded');
      });
  }

  #count({ last, count }: CountedRefusals<R>): Promise<void> {
    return this.#append(last, newId(), count);
  }

  async #append(request: R, commandId: string, counted: number | null): Promise<void> {
    const now = nowText();
    await this.#handler.handle(accessStream(request.tenant_id, now), this.commandOf(request, counted), {
      commandId,
      tenantId: request.tenant_id,
      actor: actorOf(this.refusedOf(request)),
      now,
      correlationId: commandId,
      causationId: commandId,
    });
  }
}

/** Records the intents that safety-rails refused. */
export class IntentRefusals extends RefusalRecords<RecordAccessRequest> {
  protected refusedOf({ submitter }: RecordAccessRequest): string {
    return submitter;
  }
  protected commandOf(request: RecordAccessRequest, counted: number | null): AccessCommand {
    const { content_hash, intent_id, codes, detail, violations } = request;
    const single = { content_hash, intent_id, detail, violations };
    const none = { content_hash: null, intent_id: null, detail: null, violations: [] };
    return { kind: 'refuse_intent', ...(counted === null ? single : none), codes, count: counted ?? 1 };
  }
}

/** Refused decisions and changes of people. */
export class CommandRefusals extends RefusalRecords<RecordRefusalRequest> {
  protected refusedOf({ person }: RecordRefusalRequest): string {
    return person;
  }
  protected commandOf({ command, path, code }: RecordRefusalRequest, counted: number | null): AccessCommand {
    return {
      kind: 'refuse_command',
      command,
      path: counted === null ? path : null,
      code,
      count: counted ?? 1,
    };
  }
}
