import { invalidArgument } from './errors.js';
import { DELETED_REVISION, type ExpectedRevision } from './model.js';

/**
 * The largest number of 64 bits: older clients say by it "no stream" where a revision is expected,
 * and "the end" where one is read from.
 */
const LARGEST = 2n ** 64n - 1n;
export const NO_REVISION = LARGEST.toString();

/** An exact revision, as it was sent; throws a `CallError` when it can be none. */
export function exactRevision(sent: bigint): ExpectedRevision {
  if (sent === LARGEST) return 'no_stream';
  if (sent < 0n || sent > DELETED_REVISION) throw invalidArgument(`\`${sent}\` is no revision`);
  return sent;
}

/**
 * Throws for a write that says nothing of what it expects: it would be done whatever the stream
 * holds.
 */
export function nothingExpected(): never {
  throw invalidArgument('the request does not say what revision it expects');
}
