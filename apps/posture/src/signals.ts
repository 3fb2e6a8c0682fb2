import type { JsonValue, PostureSignalName, Timestamp, Violation } from '@interlock/contracts';
import { ProblemError, type CommandContext, type CommandResult, type EventStore } from '@interlock/kernel';
import {
  counterOf,
  EVENT_STORE,
  nowText,
  SERVICE_CONTEXT,
  type ServiceContext,
  serviceCommandContext,
} from '@interlock/platform';
import {
  checkReport,
  compareBadness,
  postureConfigStream,
  signalCommand,
  signalStream,
  type ReportCommand,
  type SignalEvent,
  type SignalState,
} from '@interlock/posture';
import { Inject, Injectable } from '@nestjs/common';
import { PostureConfigHandler, SignalHandler } from './handlers.js';
import { Levels } from './levels.js';
import { PostureIndex } from './posture-index.js';
import { ReportWindows } from './report-window.js';

export type Report = {
  readonly name: PostureSignalName;
  readonly value: unknown;
  readonly at?: unknown;
  readonly source: string;
  /** The reporter, in the form of `actorKey`. */
  readonly credential: string;
  /** Faults in the source of the value. */
  readonly faults?: readonly Violation[];
};
export type TakenReport = {
  readonly violations: readonly Violation[];
  readonly result: CommandResult<SignalEvent, SignalState>;
};
/** A report in progress. */
type PendingReport = {
  readonly command: ReportCommand;
  readonly context: CommandContext;
  readonly violations: readonly Violation[];
};

/**
 * How many reports a signal's stream keeps. Only the last one counts, and levels are recorded with
 * all their inputs.
 */
const keptReports = 1000;

/** Accepts reports of signals from every source. */
@Injectable()
export class Signals {
  readonly #retained = new Map<string, Promise<void>>();
  readonly #windows: ReportWindows<PendingReport, TakenReport>;

  constructor(
    @Inject(EVENT_STORE) private readonly store: EventStore,
    private readonly handler: SignalHandler,
    private readonly configs: PostureConfigHandler,
    private readonly index: PostureIndex,
    private readonly levels: Levels,
    @Inject(SERVICE_CONTEXT) private readonly context: Pick<ServiceContext, 'metrics' | 'service'>,
  ) {
    this.#windows = new ReportWindows<PendingReport, TakenReport>({
      write: (coming) => this.#write(coming),
      isWorse: (a, b) =>
        a.violations.length === 0 &&
        b.violations.length === 0 &&
        compareBadness(a.command.name, a.command.value as JsonValue, b.command.value as JsonValue) > 0,
      isOlder: (a, b) =>
        a.violations.length === 0 &&
        b.violations.length === 0 &&
        Date.parse(a.command.at as string) < Date.parse(b.command.at as string),
      between: async ({ context: { tenantId } }) => {
        await this.index.atLeast(null);
        await this.levels.record(tenantId);
      },
      superseded: () => this.#superseded(),
      after: (ms, run) => setTimeout(run, ms).unref(),
    });
  }

  /**
   * Keeps a valid report from outside. A malformed one is recorded as refused, and its violations
   * are returned. Throws `signal-superseded` if the same second has a newer and a worse one.
   */
  report(report: Report, context: CommandContext): Promise<TakenReport> {
    const { name, value, at = context.now, source, credential, faults } = report;
    const command: ReportCommand = {
      kind: 'ReportSignal',
      name,
      value,
      at,
      source,
      now: context.now,
      origin: 'external',
      credential,
      ...(faults === undefined ? {} : { faults }),
    };
    const violations = checkReport(command);
    const key = `${signalStream(context.tenantId, name)} ${credential}`;
    return this.#windows.take(violations.length === 0 ? key : `${key} refused`, {
      command,
      context,
      violations,
    });
  }

  /** Records a value that Interlock has measured itself. */
  async measured(
    measured: {
      readonly name: PostureSignalName;
      readonly value: JsonValue;
      readonly at: Timestamp;
      readonly source: string;
      readonly unwitnessed?: true;
    },
    tenantId: string,
    commandId: string,
  ): Promise<void> {
    const now = nowText();
    const stream = signalStream(tenantId, measured.name);
    await this.#retain(stream);
    await this.handler.handle(
      stream,
      signalCommand({ kind: 'ReportSignal', ...measured, now, origin: 'internal' }),
      serviceCommandContext('posture', tenantId, { commandId, now }),
    );
  }

  stop(): Promise<void> {
    return this.#windows.drain();
  }

  async #write({ command, context, violations }: PendingReport): Promise<TakenReport> {
    const stream = signalStream(context.tenantId, command.name);
    await this.#retain(stream);
    const result = await this.handler.handle(stream, signalCommand(command), context);
    if (violations.length === 0) await this.#takeExternal(command.name, context);
    return { violations, result };
  }

  /**
   * After the first report from outside, both sources of a signal count, unless the tenant has
   * chosen.
   */
  async #takeExternal(name: PostureSignalName, context: CommandContext): Promise<void> {
    if (this.index.configOf(context.tenantId).config.sources?.[name] !== undefined) return;
    await this.configs.handle(
      postureConfigStream(context.tenantId),
      { kind: 'TakeExternal', name },
      {
        ...context,
        commandId: `${context.commandId}:sources`,
        actor: { kind: 'service', service: 'posture' },
      },
    );
  }

  #superseded(): ProblemError {
    const { metrics, service } = this.context;
    counterOf(metrics, 'posture_signals_superseded_total').inc({ service });
    return new ProblemError(
      'signal-superseded',
      'the same second has a newer report of this signal, and a worse one',
      { remedy: 'report a signal once a second at most' },
    );
  }

  /** Sets a new stream's retention once, because reports never stop. */
  #retain(stream: string): Promise<void> {
    const known = this.#retained.get(stream);
    if (known !== undefined) return known;
    const setting = this.handler.load(stream).then(async ({ revision }) => {
      if (revision < 0n) await this.store.setRetention(stream, { maxCount: keptReports });
    });
    this.#retained.set(stream, setting);
    setting.catch(() => this.#retained.delete(stream));
    return setting;
  }
}
