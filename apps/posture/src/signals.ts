import type { PostureSignalName, Violation } from '@interlock/contracts';
import type { CommandContext, CommandHandler, CommandResult } from '@interlock/kernel';
import { checkReport, signalStream, type SignalCommand, type SignalEvent, type SignalState } from '@interlock/posture';

export type SignalHandler = CommandHandler<SignalCommand, SignalEvent, SignalState>;
export type Report = { readonly name: PostureSignalName; readonly value: unknown; readonly at?: unknown; readonly source: string };

/** Takes reports of signals in, from wherever they come. */
export class Signals {
  constructor(private readonly handler: SignalHandler) {}

  /** Keeps a good report; a malformed one is recorded as refused, and its violations are answered. */
  async report(report: Report, context: CommandContext): Promise<{ readonly violations: readonly Violation[]; readonly result: CommandResult<SignalEvent, SignalState> }> {
    const { name, value, at, source } = report;
    const command: SignalCommand = { kind: 'ReportSignal', name, value, ...(at === undefined ? {} : { at }), source, now: context.now };
    const result = await this.handler.handle(signalStream(context.tenantId, name), command, context);
    return { violations: checkReport(command), result };
  }
}
