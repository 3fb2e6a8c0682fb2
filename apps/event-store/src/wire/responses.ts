import { randomUUID } from 'node:crypto';
import type { ReadResp } from '@eventstore/db-client/generated/streams_pb.js';
import { sharedMessages, streamsMessages } from './protocol.js';

/** The messages of a read that carry no event. */
export function streamNotFound(stream: string): ReadResp {
  const notFound = new streamsMessages.ReadResp.StreamNotFound();
  notFound.setStreamIdentifier(streamIdentifier(stream));
  return new streamsMessages.ReadResp().setStreamNotFound(notFound);
}

export function confirmation(): ReadResp {
  const message = new streamsMessages.ReadResp.SubscriptionConfirmation();
  message.setSubscriptionId(randomUUID());
  return new streamsMessages.ReadResp().setConfirmation(message);
}

export function checkpoint(position: number): ReadResp {
  const message = new streamsMessages.ReadResp.Checkpoint();
  message.setCommitPosition(position.toString());
  message.setPreparePosition(position.toString());
  return new streamsMessages.ReadResp().setCheckpoint(message);
}

export function caughtUp(): ReadResp {
  return new streamsMessages.ReadResp().setCaughtUp(new streamsMessages.ReadResp.CaughtUp());
}

/** The first readable revision of a stream, sent to a client that asks for earlier ones. */
export function firstRevision(revision: number): ReadResp {
  return new streamsMessages.ReadResp().setFirstStreamPosition(revision.toString());
}

export function lastRevision(revision: number): ReadResp {
  return new streamsMessages.ReadResp().setLastStreamPosition(revision.toString());
}

export function streamIdentifier(stream: string): InstanceType<typeof sharedMessages.StreamIdentifier> {
  const identifier = new sharedMessages.StreamIdentifier();
  identifier.setStreamName(Buffer.from(stream).toString('base64'));
  return identifier;
}
