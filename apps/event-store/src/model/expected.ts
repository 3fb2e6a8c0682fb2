import { invalidArgument } from './errors.js';
import { DELETED_REVISION, type ExpectedRevision } from './model.js';

/**
 * The largest 64-bit number. Older clients send it for "no stream" as an expected revision, and for
 * "the end" as a start of a read.
 */
const LARGEST = 2n ** 64n - 1n;
export const NO_REVISION = LARGEST.toString();

/** An exact revision, as it was sent; throws a `CallError` if it is impossible. */
export function exactRevision(sent: bigint): ExpectedRevision {
  if (sent === LARGEST) return 'no_stream';
  if (sent < 0n || sent > DELETED_REVISION) throw invalidArgument(`\`${sent}\` is not a revision`);
  return sent;
}

/**
 * Throws for a write without an expected revision, which would be done whatever the stream holds.
 */
export function nothingExpected(): never {
  throw invalidArgument('the request does not say what revision it expects');
}
