import { randomUUID } from 'node:crypto';
import type { ScavengeResp } from '@eventstore/db-client/generated/operations_pb.js';
import type { Write } from './append-call.js';
import type { EventLog } from '../writing/event-log.js';
import type { WriteOutcome } from '../model/model.js';
import type { Refusal } from '../model/outcome.js';
import { operationsMessages } from '../wire/protocol.js';

/** A pause between pages of streams, so that reads and writes go on meanwhile. */
const turn = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

/**
 * Removes the events that `$tb` truncates, stream by stream and some at a time, in the order of the
 * other writes. One scavenge runs at a time; one that is cut off is made up for by the next.
 */
export class Scavenge {
  readonly #log: EventLog;
  #id: string | undefined;
  #stopped = false;

  constructor(log: EventLog) {
    this.#log = log;
  }

  /**
   * Starts a scavenge, or answers which one runs. Resolves to the refusal of the caller, if there
   * is one. INVARIANT: the first write, of a stream that does not exist, tells whether the caller
   * may.
   */
  async start(write: Write): Promise<ScavengeResp | Refusal> {
    const { STARTED, INPROGRESS } = operationsMessages.ScavengeResp.ScavengeResult;
    const allowed = await scavenged(write, '');
    if (allowed.kind !== 'written') return allowed;
    const running = this.#id;
    if (running !== undefined) return response(running, INPROGRESS);
    const id = randomUUID();
    this.#id = id;
    this.#stopped = false;
    // A failure is one of the log's writes, which reports it.
    void this.#run(write).finally(() => {
      this.#id = undefined;
    });
    return response(id, STARTED);
  }

  stop(): void {
    this.#stopped = true;
  }

  async #run(write: Write): Promise<void> {
    for (let after: number | undefined = 0; after !== undefined && !this.#stopped;) {
      const { streams, next } = this.#log.reader.truncated(after);
      for (const stream of streams) if (!(await this.#empty(write, stream))) return;
      after = next;
      await turn();
    }
  }

  async #empty(write: Write, stream: string): Promise<boolean> {
    for (let first = -1; !this.#stopped;) {
      const outcome = await scavenged(write, stream);
      if (outcome.kind !== 'written') return false;
      if (outcome.revision === first) return true;
      first = outcome.revision;
    }
    return false;
  }
}

const scavenged = (write: Write, stream: string): Promise<WriteOutcome> =>
  new Promise((resolve) => write({ kind: 'scavenge', stream, expected: 'any', events: [] }, resolve));

const response = (id: string, result: 0 | 1 | 2): ScavengeResp => {
  const message = new operationsMessages.ScavengeResp();
  message.setScavengeId(id);
  message.setScavengeResult(result);
  return message;
};
