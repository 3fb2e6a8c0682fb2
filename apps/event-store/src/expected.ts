import { invalidArgument } from './errors.js';
import { DELETED_REVISION, type ExpectedRevision } from './model.js';

/** The largest number of 64 bits: older clients say by it "no stream" where a revision is expected, and "the end" where one is read from. */
export const NO_REVISION = (2n ** 64n - 1n).toString();

/** An exact revision, as it was sent; throws a `CallError` when it can be none. */
export function exactRevision(text: string): ExpectedRevision {
  if (text === NO_REVISION) return 'no_stream';
  const revision = BigInt(text);
  if (revision < 0n || revision > DELETED_REVISION) throw invalidArgument(`\`${text}\` is no revision`);
  return revision;
}

/** Throws for a write that says nothing of what it expects: it would be done whatever the stream holds. */
export function nothingExpected(): never {
  throw invalidArgument('the request does not say what revision it expects');
}
