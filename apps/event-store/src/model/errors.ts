import { Metadata, status } from '@grpc/grpc-js';
import type { ExpectedRevision } from './model.js';

/**
 * An error as gRPC sends it. The official client reads the trailer `exception` and those beside it.
 */
export type CallError = {
  readonly name: string;
  readonly message: string;
  readonly code: status;
  readonly details: string;
  readonly metadata: Metadata;
};

function callError(
  code: status,
  details: string,
  trailers: Readonly<Record<string, string>> = {},
): CallError {
  const metadata = new Metadata();
  for (const [key, value] of Object.entries(trailers)) metadata.set(key, value);
  return { name: 'CallError', message: details, code, details, metadata };
}

/** Trailers carry ASCII only. */
const ascii = (text: string): string =>
  text.replaceAll(/[^\x20-\x7e]/gu, (character) => encodeURIComponent(character.toWellFormed()));

/**
 * A client accepts a few kilobytes of trailers, and otherwise shows none. So long names in them are
 * cut.
 */
const LONGEST_NAME = 1024;

function shown(stream: string): string {
  const name = ascii(stream);
  return name.length <= LONGEST_NAME ? name : `${name.slice(0, LONGEST_NAME)}...`;
}

const EXPECTED_NUMBER = { any: '-2', no_stream: '-1', stream_exists: '-4' } as const;

export function wrongExpectedVersion(stream: string, expected: ExpectedRevision, actual: number): CallError {
  const version = typeof expected === 'bigint' ? expected.toString() : EXPECTED_NUMBER[expected];
  return callError(
    status.FAILED_PRECONDITION,
    // Some clients look for `WrongExpectedVersion` and `Actual version: -1` in the text.
    `not done due to WrongExpectedVersion. Stream: ${shown(stream)}, Expected version: ${version}, Actual version: ${actual}`,
    {
      exception: 'wrong-expected-version',
      'stream-name': shown(stream),
      'expected-version': version,
      'actual-version': actual.toString(),
    },
  );
}

export function streamDeleted(stream: string): CallError {
  return callError(status.FAILED_PRECONDITION, `event stream \`${shown(stream)}\` is deleted`, {
    exception: 'stream-deleted',
    'stream-name': shown(stream),
  });
}

export function accessDenied(): CallError {
  return callError(status.PERMISSION_DENIED, 'access denied', { exception: 'access-denied' });
}

export function unauthenticated(): CallError {
  return callError(status.UNAUTHENTICATED, 'no valid name and password');
}

export function maximumAppendSizeExceeded(limit: number): CallError {
  return callError(status.INVALID_ARGUMENT, `maximum append size of ${limit} bytes exceeded`, {
    exception: 'maximum-append-size-exceeded',
    'maximum-append-size': limit.toString(),
  });
}

export function missingMetadata(properties: readonly string[]): CallError {
  return callError(
    status.INVALID_ARGUMENT,
    `required metadata properties missing: ${properties.join(', ')}`,
    {
      exception: 'missing-required-metadata-property',
      'required-metadata-properties': properties.join(','),
    },
  );
}

export function invalidArgument(details: string): CallError {
  return callError(status.INVALID_ARGUMENT, ascii(details));
}

export function deadlineExceeded(details: string): CallError {
  return callError(status.DEADLINE_EXCEEDED, details);
}

export function unavailable(details: string): CallError {
  return callError(status.UNAVAILABLE, details);
}

export function dataLoss(details: string): CallError {
  return callError(status.DATA_LOSS, ascii(details));
}

export function unknown(details: string): CallError {
  return callError(status.UNKNOWN, ascii(details));
}

/**
 * The error of the real server for a stream read that it treats as its own fault; without trailers.
 */
export function failedRead(): CallError {
  return unknown('Unexpected ReadStreamResult: Error');
}

export function resourceExhausted(details: string): CallError {
  return callError(status.RESOURCE_EXHAUSTED, details);
}

/** The error of a single-call write that was not done when the server stopped. */
export function stopping(): CallError {
  return unavailable('the server is stopping');
}

/** The error of every other open call when the server stops. */
export function cancelled(): CallError {
  return callError(status.CANCELLED, 'the server is stopping');
}
