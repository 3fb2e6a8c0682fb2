/** Why a request failed. */
export type OutboundFault =
  | 'bad-url'
  | 'no-secret'
  | 'secret-not-for-host'
  | 'address-refused'
  | 'not-resolved'
  | 'not-connected'
  | 'not-trusted'
  | 'timeout'
  | 'reset'
  | 'unreadable'
  | 'too-large';

/**
 * A request without a whole answer. `sent` is false if not one byte was written, so nobody can have
 * acted on it.
 */
export class OutboundError extends Error {
  readonly fault: OutboundFault;
  readonly sent: boolean;
  constructor(fault: OutboundFault, sent: boolean, detail: string) {
    super(detail);
    this.name = 'OutboundError';
    this.fault = fault;
    this.sent = sent;
  }
}

/** The system's code of an error, such as `ECONNRESET`; empty if it has none. */
export const codeOf = (error: unknown): string =>
  typeof error === 'object' && error !== null && 'code' in error && typeof error.code === 'string'
    ? error.code
    : '';
