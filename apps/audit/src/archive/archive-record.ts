import { streamName, systemTenant, type Timestamp } from '@interlock/contracts';
import { CommandHandler, genuine, uuidV5, type EventStore } from '@interlock/kernel';
import { serviceCommandContext } from '@interlock/platform';
import {
  archiveDecider,
  type ArchiveCommand,
  type ArchiveEvent,
  type ArchiveState,
  type LogArchived,
} from '@interlock/tree';
import type { ArchiverOptions } from './archiver.js';

const archiveStream = streamName('checkpoint', systemTenant, 'archive');

/** Reads and records in the log which segments are archived. Each segment is recorded once. */
export const archiveRecord = (
  store: EventStore,
  backoff: (attempt: number) => Promise<void>,
  now: () => Timestamp,
): ArchiverOptions['record'] => {
  const handler = new CommandHandler<ArchiveCommand, ArchiveEvent, ArchiveState>(
    genuine(store),
    archiveDecider,
    { backoff },
  );
  return {
    next: async (location) => (await handler.load(archiveStream)).state.archives[location]?.next ?? 0,
    segment: async (data: LogArchived) => {
      // The command id depends on the segment alone, so that several instances record it only once.
      const commandId = uuidV5('archive', data.location, `${data.first}`, data.manifest_sha256);
      const context = serviceCommandContext('audit', systemTenant, { commandId, now: now() });
      await handler.handle(archiveStream, { kind: 'record_segment', data }, context);
    },
  };
};
