import { streamName, type Timestamp } from '@interlock/contracts';
import type { Decider } from '@interlock/kernel';

/**
 * A person's row and key were deleted. The metadata say who did it and when; the erased data are
 * nowhere.
 */
export type PersonEvent = { readonly type: 'PersonErased'; readonly data: { readonly person_id: string } };
export type PersonCommand = { readonly kind: 'record_erasure'; readonly person_id: string };
export type PersonState = { readonly erased_at: Timestamp | null };

/** The log's own record of a person, beside their actions: that they were erased. */
export const personStream = (tenantId: string, personId: string): string =>
  streamName('person', tenantId, personId);

/** Written once, after the row is deleted; a repeat changes nothing. */
export const personDecider: Decider<PersonCommand, PersonEvent, PersonState> = {
  name: 'person',
  types: ['PersonErased'],
  initial: { erased_at: null },
  decide: ({ person_id }, state) =>
    state.erased_at === null ? [{ type: 'PersonErased', data: { person_id } }] : [],
  evolve: (_state, event) => ({ erased_at: event.metadata.occurred_at }),
};
