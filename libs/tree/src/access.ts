import { actorKey, streamName, type AccessEvent, type Actor, type Timestamp } from '@interlock/contracts';
import type { Decider } from '@interlock/kernel';

type DataOf<Type extends AccessEvent['type']> = Extract<AccessEvent, { readonly type: Type }>['data'];
export type AccessCommand =
  | ({ readonly kind: 'record_export' } & DataOf<'DataExported'>)
  | ({ readonly kind: 'record_read'; readonly actor: Actor } & DataOf<'LogRead'>)
  | ({ readonly kind: 'refuse_intent' } & DataOf<'IntentRefused'>)
  | ({ readonly kind: 'refuse_command' } & DataOf<'CommandRefused'>);
/** `readers`: who read the log in the hour of the stream. */
export type AccessState = { readonly readers: readonly string[] };

/** The stream of a tenant's accesses in the hour of a time. */
export const accessStream = (tenantId: string, at: Timestamp): string =>
  streamName('access', tenantId, at.slice(0, 13));

const decide = (command: AccessCommand, { readers }: AccessState): readonly AccessEvent[] => {
  switch (command.kind) {
    case 'record_export': {
      const { what, filter, until } = command;
      return [{ type: 'DataExported', data: { what, filter, until } }];
    }
    case 'record_read': {
      const { route, filter, count, actor } = command;
      return readers.includes(actorKey(actor)) ? [] : [{ type: 'LogRead', data: { route, filter, count } }];
    }
    case 'refuse_intent': {
      const { content_hash, intent_id, codes, detail, violations, count } = command;
      return [{ type: 'IntentRefused', data: { content_hash, intent_id, codes, detail, violations, count } }];
    }
    case 'refuse_command': {
      const { command: refused, path, code, count } = command;
      return [{ type: 'CommandRefused', data: { command: refused, path, code, count } }];
    }
  }
};

/** Exports, reads and refusals, as they happen; of a reader's reads in an hour, the first. */
export const accessDecider: Decider<AccessCommand, AccessEvent, AccessState> = {
  name: 'access',
  types: ['DataExported', 'LogRead', 'IntentRefused', 'CommandRefused'],
  initial: { readers: [] },
  decide,
  evolve: (state, { type, metadata }) =>
    type === 'LogRead' ? { readers: [...state.readers, actorKey(metadata.actor)] } : state,
};
