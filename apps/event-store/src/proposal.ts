import type { AppendReq, BatchAppendReq } from '@eventstore/db-client/generated/streams_pb.js';
import type { UUID } from '@eventstore/db-client/generated/shared_pb.js';
import { invalidArgument, missingMetadata } from './errors.js';
import type { ProposedEvent } from './model.js';

/** What clients send that have forgotten to make an id: two such events would count as one. */
const NIL_ID = '00000000-0000-0000-0000-000000000000';

const UUID_SHAPE = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/;

/** An id as lower-case text, whichever of its two forms was sent; undefined when it is none. */
export function uuidText(uuid: UUID | undefined): string | undefined {
  if (uuid === undefined) return undefined;
  const structured = uuid.getStructured();
  if (structured !== undefined) {
    const hex = [structured.getMostSignificantBits(), structured.getLeastSignificantBits()]
      .map((half) => BigInt.asUintN(64, BigInt(half)).toString(16).padStart(16, '0'))
      .join('');
    return `${hex.slice(0, 8)}-${hex.slice(8, 12)}-${hex.slice(12, 16)}-${hex.slice(16, 20)}-${hex.slice(20)}`;
  }
  const text = uuid.getString().toLowerCase();
  return UUID_SHAPE.test(text) ? text : undefined;
}

/** Reads a proposed event; throws a `CallError` where something needed is missing. */
export function parseProposal(message: AppendReq.ProposedMessage | BatchAppendReq.ProposedMessage): ProposedEvent {
  const properties = message.getMetadataMap();
  const type = properties.get('type');
  const contentType = properties.get('content-type');
  if (type === undefined || contentType === undefined) {
    throw missingMetadata([...(type === undefined ? ['type'] : []), ...(contentType === undefined ? ['content-type'] : [])]);
  }
  if (type === '') throw invalidArgument('an event has an empty type');
  const id = uuidText(message.getId());
  if (id === undefined || id === NIL_ID) throw invalidArgument('an event has no valid id');
  return {
    id,
    type,
    isJson: contentType === 'application/json',
    data: message.getData_asU8(),
    metadata: message.getCustomMetadata_asU8(),
  };
}

/** What an event counts towards the maximum append size, in bytes. */
export function proposalSize(event: ProposedEvent): number {
  return event.data.length + event.metadata.length;
}
