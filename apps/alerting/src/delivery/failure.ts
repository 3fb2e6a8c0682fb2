import { OutboundError, type OutboundFault } from '@interlock/outbound';

/**
 * Why nothing was delivered; `final` if another attempt cannot succeed. It contains no address,
 * header or body.
 */
export class SendFailure extends Error {
  constructor(
    message: string,
    readonly final: boolean,
    cause?: unknown,
  ) {
    super(message, cause === undefined ? undefined : { cause });
  }
}

/** INVARIANT: the detail says that an address is refused, but never which services exist at it. */
const faultTexts: {
  readonly [fault in OutboundFault]: { readonly detail: string; readonly final: boolean };
} = {
  'bad-url': { detail: 'the address cannot be sent to', final: true },
  'no-secret': { detail: 'the secret is not there', final: false },
  'secret-not-for-host': { detail: 'the secret is not bound to the address', final: true },
  'address-refused': {
    detail:
      'the address is a private one that the configuration does not allow, or a public one without encryption',
    final: true,
  },
  'not-resolved': { detail: 'the host could not be looked up', final: false },
  'not-connected': { detail: 'there was no connection', final: false },
  'not-trusted': { detail: 'the certificate is not believed', final: false },
  timeout: { detail: 'no answer came in time', final: false },
  reset: { detail: 'the connection broke off', final: false },
  unreadable: { detail: 'the answer could not be decoded', final: false },
  'too-large': { detail: 'the answer was too long', final: false },
};

/** Describes a failure without secrets. */
export const failureOf = (error: unknown): SendFailure => {
  if (error instanceof SendFailure) return error;
  if (!(error instanceof OutboundError)) return new SendFailure('the connection failed', false, error);
  const { detail, final } = faultTexts[error.fault];
  return new SendFailure(detail, final, error);
};
