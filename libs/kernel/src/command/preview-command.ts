import { evolveRecorded, type Decider, type DomainEvent } from './decider.js';
import type { CommandContext } from './command-context.js';
import type { RecordedEvent } from '../log/event-store.js';
import type { CommandHandler } from './handle-command.js';
import type { Command } from '../log/recorded-command.js';

/** The effect of a command on a stream's present state. */
export type CommandPreview<E, S> = {
  /** Revision that the preview is based on; −1n if the stream is empty. */
  readonly revision: bigint;
  readonly before: S;
  readonly after: S;
  readonly events: readonly E[];
};

/** Returns the state after events that are not in a log yet. `revision` is the one before them. */
const stateAfter = <C extends Command, E extends DomainEvent, S>(
  decider: Decider<C, E, S>,
  before: S,
  events: readonly E[],
  { stream, revision, context }: { stream: string; revision: bigint; context: CommandContext },
): S =>
  events.reduce((state, { type, data }, place) => {
    const event: RecordedEvent = {
      id: `${context.commandId}:${place}`,
      type,
      data,
      stream,
      revision: revision + 1n + BigInt(place),
      position: { commit: 0n, prepare: 0n },
      created: context.now,
      metadata: {
        $correlationId: context.correlationId,
        tenant_id: context.tenantId,
        actor: context.actor,
        schema_version: decider.schemaVersions?.[type] ?? 1,
        occurred_at: context.now,
        command_id: context.commandId,
      },
    };
    return evolveRecorded(decider, state, event);
  }, before);

/**
 * Decides a command on the stream's present state, and appends nothing. Throws what `decide`
 * throws, and the store's errors.
 */
export const previewCommand = async <C extends Command, E extends DomainEvent, S>(
  decider: Decider<C, E, S>,
  handler: Pick<CommandHandler<C, E, S>, 'load'>,
  { stream, command, context }: { stream: string; command: C; context: CommandContext },
): Promise<CommandPreview<E, S>> => {
  const { state: before, revision } = await handler.load(stream);
  const events = decider.decide(command, before);
  return {
    revision,
    before,
    after: stateAfter(decider, before, events, { stream, revision, context }),
    events,
  };
};
