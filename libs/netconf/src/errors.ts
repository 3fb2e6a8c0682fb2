import type { RpcError } from './rpc-error.js';

/**
 * The stage of the work: TCP, SSH or TLS, and authentication; the exchange of hellos; one RPC;
 * closing.
 */
export type NetconfPhase = 'connect' | 'hello' | 'rpc' | 'close';

/**
 * The longest message, in characters. Messages quote the peer and go into logs and journals, so
 * they are limited.
 */
const longestMessage = 6_000;

/** The base class of every error of this engine. A message is cut at 6,000 characters. */
export class NetconfError extends Error {
  override readonly name: string = 'NetconfError';
  /**
   * @param sent whether bytes of a request had been handed to the transport, so the peer may have
   * acted on it
   */
  constructor(
    message: string,
    readonly sent: boolean,
    options?: ErrorOptions,
  ) {
    super(message.length <= longestMessage ? message : `${message.slice(0, longestMessage)}…`, options);
  }
}

const mostDescribed = 10;
const longestText = 500;

const textOf = ({ tag, message }: RpcError): string =>
  (message === undefined ? tag : `${tag}: ${message}`).slice(0, longestText);

const describe = (errors: readonly RpcError[]): string => {
  const texts = errors.slice(0, mostDescribed).map(textOf);
  if (errors.length > texts.length) texts.push(`and ${errors.length - texts.length} more`);
  return texts.join('; ') || 'the device refused without a reason';
};

/**
 * The device answered with one or more errors. `warnings` are the errors of severity warning in the
 * same reply. The message quotes the first ten errors, each with at most 500 characters; `errors`
 * holds them whole.
 */
export class NetconfRpcError extends NetconfError {
  override readonly name = 'NetconfRpcError';
  constructor(
    readonly errors: readonly RpcError[],
    readonly warnings: readonly RpcError[] = [],
  ) {
    super(describe(errors), true);
  }
}

/** A time limit passed. In phase `rpc`, the outcome is unknown if `sent`. */
export class NetconfTimeoutError extends NetconfError {
  override readonly name = 'NetconfTimeoutError';
  constructor(
    readonly phase: NetconfPhase,
    readonly timeoutMs: number,
    sent: boolean,
  ) {
    super(`no answer in phase ${phase} within ${timeoutMs} ms`, sent);
  }
}

/** The byte stream or a message broke the protocol; the session was ended. */
export class NetconfFramingError extends NetconfError {
  override readonly name = 'NetconfFramingError';
  constructor(message: string, options?: ErrorOptions) {
    super(message, true, options);
  }
}

/**
 * The device's answer contradicts itself, such as a list with one key twice. Nothing can be
 * concluded from it, and the session goes on.
 */
export class NetconfDataError extends NetconfError {
  override readonly name = 'NetconfDataError';
  constructor(message: string) {
    super(`the device's answer contradicts itself: ${message}`, true);
  }
}

/** The session is over: closed by either side, or the transport broke. */
export class NetconfClosedError extends NetconfError {
  override readonly name = 'NetconfClosedError';
}

/** The caller's AbortSignal fired. */
export class NetconfAbortedError extends NetconfError {
  override readonly name = 'NetconfAbortedError';
}

/**
 * TCP, SSH, TLS or authentication failed before there was a session. `permanent` for a refused
 * login, or if no common algorithm exists.
 */
export class NetconfConnectError extends NetconfError {
  override readonly name = 'NetconfConnectError';
  constructor(
    message: string,
    readonly permanent: boolean,
    options?: ErrorOptions,
  ) {
    super(message, false, options);
  }
}

/**
 * The device's host key is not a known one. No message of NETCONF, no login and no client
 * certificate was sent.
 */
export class NetconfHostKeyError extends NetconfError {
  override readonly name = 'NetconfHostKeyError';
  constructor(
    /** `SHA256:…` of the offered key. */
    readonly fingerprint: string,
    readonly reason: 'unknown' | 'changed' | 'revoked',
  ) {
    super(`host key \`${fingerprint}\` is ${reason}`, false);
  }
}

/** The hello lacks a capability that an operation or the protocol needs. */
export class NetconfCapabilityError extends NetconfError {
  override readonly name = 'NetconfCapabilityError';
  constructor(readonly capability: string) {
    super(`the device does not offer \`${capability}\``, false);
  }
}

/**
 * `retryable`: nothing happened, the same call may succeed later. `ambiguous`: the device may have
 * acted; read before doing anything else. `permanent`: nothing happened and the same call will fail
 * again.
 */
export type ErrorClass = 'retryable' | 'ambiguous' | 'permanent';

const RETRYABLE_TAGS: ReadonlySet<string> = new Set(['in-use', 'lock-denied', 'resource-denied']);
const AMBIGUOUS_TAGS: ReadonlySet<string> = new Set([
  'operation-failed',
  'partial-operation',
  'rollback-failed',
]);

const classifyRpcErrors = (errors: readonly RpcError[]): ErrorClass => {
  if (errors.length === 0 || errors.some((error) => AMBIGUOUS_TAGS.has(error.tag))) return 'ambiguous';
  return errors.every((error) => RETRYABLE_TAGS.has(error.tag)) ? 'retryable' : 'permanent';
};

/**
 * Classifies how a caller may go on after `error`. Anything but a NetconfError is permanent,
 * because it is a fault of the caller or of this engine.
 */
export const classifyError = (error: unknown): ErrorClass => {
  if (error instanceof NetconfRpcError) return classifyRpcErrors(error.errors);
  if (
    error instanceof NetconfDataError ||
    error instanceof NetconfHostKeyError ||
    error instanceof NetconfCapabilityError
  )
    return 'permanent';
  if (error instanceof NetconfConnectError) return error.permanent ? 'permanent' : 'retryable';
  if (error instanceof NetconfError) return error.sent ? 'ambiguous' : 'retryable';
  return 'permanent';
};

/**
 * True if the device reports that it could not roll back. A retry does not help, so a person must
 * look.
 */
export const needsPerson = (error: unknown): boolean =>
  error instanceof NetconfRpcError && error.errors.some((one) => one.tag === 'rollback-failed');

const NO = /\bno\b/i;
const PENDING_OR_CONFIRMED = /\b(?:pending|confirmed)\b/i;
const NOT_PENDING = /\bnot (?:active|pending)\b/i;

/**
 * Searches line by line, after the first "no" of each line. One pattern over the whole text would
 * search the rest again for each "no".
 */
const wordsNothingPending = (message: string): boolean =>
  message.split('\n').some((line) => {
    const no = NO.exec(line);
    return (no !== null && PENDING_OR_CONFIRMED.test(line.slice(no.index))) || NOT_PENDING.test(line);
  });

/**
 * True if the refusal of a `commit` or `cancel-commit` with a persist-id says that no confirmed
 * commit is pending. There is no standard error for it, so servers are recognised by their app-tag
 * or words. yuma123 says it for `commit`. Its `cancel-commit` answers a bare `operation-failed`,
 * for which this is false, so read the configuration.
 */
export const saysNothingPending = (error: unknown): boolean =>
  error instanceof NetconfRpcError &&
  error.errors.some((one) => one.appTag === 'no-pending-commit' || wordsNothingPending(one.message ?? ''));
