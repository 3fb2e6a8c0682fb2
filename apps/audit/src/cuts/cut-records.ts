import { systemTenant } from '@interlock/contracts';
import {
  CommandHandler,
  cutNoteStream,
  genuine,
  uuidV5,
  type CommandContext,
  type EventStore,
} from '@interlock/kernel';
import { backoff, serviceCommandContext } from '@interlock/platform';
import {
  cutDecider,
  cutNoteDecider,
  cutStream,
  type CutCommand,
  type CutEvent,
  type CutNoteCommand,
  type CutNoteEvent,
  type CutNoteState,
  type CutState,
  type LogCut,
} from '@interlock/tree';

/**
 * Reads and records the cuts of each tenant, and the position up to which events may be missing.
 */
export class CutRecords {
  readonly #cuts: CommandHandler<CutCommand, CutEvent, CutState>;
  readonly #notes: CommandHandler<CutNoteCommand, CutNoteEvent, CutNoteState>;

  constructor(store: EventStore) {
    const log = genuine(store);
    this.#cuts = new CommandHandler(log, cutDecider, { backoff });
    this.#notes = new CommandHandler(log, cutNoteDecider, { backoff });
  }

  /** Returns the cut that is recorded but not finished; null if there is none. */
  async open(tenant: string): Promise<LogCut | null> {
    return (await this.#cuts.load(cutStream(tenant))).state.open;
  }

  async record(tenant: string, data: LogCut): Promise<void> {
    await this.#cuts.handle(
      cutStream(tenant),
      { kind: 'record_cut', data },
      contextOf(tenant, data.cut_id, 'record'),
    );
  }

  /**
   * Notes a cut. INVARIANT: the note precedes the truncation, so that no read model misses a gap.
   */
  async note(tenant: string, cut: LogCut): Promise<void> {
    await this.#notes.handle(
      cutNoteStream,
      {
        kind: 'note_cut',
        cut: { cut_id: cut.cut_id, last_position: cut.last_position },
        tenant_id: tenant,
      },
      contextOf(systemTenant, cut.cut_id, 'note'),
    );
  }

  async truncated(tenant: string, { cut_id }: LogCut): Promise<void> {
    await this.#cuts.handle(
      cutStream(tenant),
      { kind: 'record_truncated', cut_id },
      contextOf(tenant, cut_id, 'truncated'),
    );
  }
}

const contextOf = (tenantId: string, cutId: string, what: string): CommandContext =>
  serviceCommandContext('audit', tenantId, {
    commandId: uuidV5('cut', cutId, what),
    correlationId: cutId,
  });
