import type { AppendReq } from '@eventstore/db-client/generated/streams_pb.js';
import type { UUID } from '@eventstore/db-client/generated/shared_pb.js';
import { invalidArgument, missingMetadata } from './errors.js';
import type { ProposedEvent } from './model.js';

/** The id that clients send if they forgot to make one; two such events would count as one. */
const NIL_ID = '00000000-0000-0000-0000-000000000000';

const UUID_SHAPE = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/;

/** An id that was sent as text, in lower case; undefined if invalid. */
export function textId(sent: string): string | undefined {
  const text = sent.toLowerCase();
  return UUID_SHAPE.test(text) ? text : undefined;
}

/** An id that was sent as two signed 64-bit integers. */
export function structuredId(most: bigint, least: bigint): string {
  const hex = [most, least].map((half) => BigInt.asUintN(64, half).toString(16).padStart(16, '0')).join('');
  return `${hex.slice(0, 8)}-${hex.slice(8, 12)}-${hex.slice(12, 16)}-${hex.slice(16, 20)}-${hex.slice(20)}`;
}

/** An id as lower-case text, from either of its two forms; undefined if invalid. */
export function uuidText(uuid: UUID | undefined): string | undefined {
  const structured = uuid?.getStructured();
  if (structured !== undefined)
    return structuredId(
      BigInt(structured.getMostSignificantBits()),
      BigInt(structured.getLeastSignificantBits()),
    );
  return uuid === undefined ? undefined : textId(uuid.getString());
}

/**
 * The longest name of a new stream or type, in characters. INVARIANT: any accepted pattern can
 * match so long a name, so that no event ends the subscriptions that filter by a pattern.
 */
export const NAME_LIMIT = 1024;

/** Refuses the name of a stream that is written. */
export function checkStreamName(stream: string): void {
  if (stream === '') throw invalidArgument('the stream has no name');
  if (stream.length > NAME_LIMIT)
    throw invalidArgument(`the name of the stream has more than ${NAME_LIMIT} characters`);
}

/** An event as it was sent, complete or not. */
export type Proposal = {
  readonly id: string | undefined;
  readonly type: string | undefined;
  readonly contentType: string | undefined;
  readonly data: Uint8Array;
  readonly metadata: Uint8Array;
};

/** The proposed event; throws a `CallError` if a required part is missing. */
export function complete({ id, type, contentType, data, metadata }: Proposal): ProposedEvent {
  if (type === undefined || contentType === undefined) {
    throw missingMetadata([
      ...(type === undefined ? ['type'] : []),
      ...(contentType === undefined ? ['content-type'] : []),
    ]);
  }
  if (type === '') throw invalidArgument('an event has an empty type');
  if (type.length > NAME_LIMIT)
    throw invalidArgument(`an event has a type of more than ${NAME_LIMIT} characters`);
  if (id === undefined || id === NIL_ID) throw invalidArgument('an event has no valid id');
  return { id, type, isJson: contentType === 'application/json', data, metadata };
}

/** Reads a proposed event; throws as `complete` does. */
export function parseProposal(message: AppendReq.ProposedMessage): ProposedEvent {
  const properties = message.getMetadataMap();
  return complete({
    id: uuidText(message.getId()),
    type: properties.get('type'),
    contentType: properties.get('content-type'),
    data: message.getData_asU8(),
    metadata: message.getCustomMetadata_asU8(),
  });
}

/** The size that counts towards the maximum append size, in bytes. */
export function proposalSize(event: ProposedEvent): number {
  return event.data.length + event.metadata.length;
}
