import type { PostureSignalName, Violation } from '@interlock/contracts';
import type { CommandContext, CommandResult, EventStore } from '@interlock/kernel';
import { EVENT_STORE } from '@interlock/platform';
import {
  checkReport,
  signalStream,
  type SignalCommand,
  type SignalEvent,
  type SignalState,
} from '@interlock/posture';
import { Inject, Injectable } from '@nestjs/common';
import { SignalHandler } from './handlers.js';

export type Report = {
  readonly name: PostureSignalName;
  readonly value: unknown;
  readonly at?: unknown;
  readonly source: string;
};

/** Reports that a signal's stream shows: only the last one counts, and levels are recorded with all their inputs. */
const keptReports = 1000;

/** Takes reports of signals in, from wherever they come. */
@Injectable()
export class Signals {
  readonly #retained = new Map<string, Promise<void>>();

  constructor(
    @Inject(EVENT_STORE) private readonly store: EventStore,
    @Inject(SignalHandler) private readonly handler: SignalHandler,
  ) {}

  /** Keeps a good report; a malformed one is recorded as refused, and its violations are answered. */
  async report(
    report: Report,
    context: CommandContext,
  ): Promise<{
    readonly violations: readonly Violation[];
    readonly result: CommandResult<SignalEvent, SignalState>;
  }> {
    const { name, value, at, source } = report;
    const command: SignalCommand = {
      kind: 'ReportSignal',
      name,
      value,
      ...(at === undefined ? {} : { at }),
      source,
      now: context.now,
    };
    const stream = signalStream(context.tenantId, name);
    await this.#retain(stream);
    const result = await this.handler.handle(stream, command, context);
    return { violations: checkReport(command), result };
  }

  /** A new stream's retention, once: it is reported to for ever. */
  #retain(stream: string): Promise<void> {
    const known = this.#retained.get(stream);
    if (known !== undefined) return known;
    const setting = this.handler.load(stream).then(async ({ revision }) => {
      if (revision < 0n) await this.store.setRetention(stream, { maxCount: keptReports });
    });
    this.#retained.set(stream, setting);
    setting.catch(() => {
      this.#retained.delete(stream);
    });
    return setting;
  }
}
