import type { ChannelKind } from '@interlock/contracts';
import { attemptOf, type Attempt, type ChannelSettings, type Notice } from '@interlock/notify';
import type { OutboundAnswer } from '@interlock/outbound';
import { nowText } from '@interlock/platform';
import type { Egress } from '../egress.js';

/**
 * A notice to send. `reference` is the receiver's name for the episode; `isRepeat` means that an
 * earlier attempt was made, with any outcome.
 */
export type Sending = {
  readonly tenantId: string;
  readonly notice: Notice;
  readonly reference: string | null;
  readonly isRepeat: boolean;
  /** The one-time link to the page on which a person decides; null if there is none. */
  readonly link: string | null;
  /** Returns the secret of a reference. Throws `MissingSecret`. */
  readonly secret: (reference: string) => string;
};
export type Sender<Kind extends ChannelKind> = (
  egress: Egress,
  settings: Extract<ChannelSettings, { readonly kind: Kind }>,
  sending: Sending,
) => Promise<Attempt>;

/** A secret that does not exist. It may be added later, so the attempt is repeated. */
export class MissingSecret extends Error {
  constructor(readonly reference: string) {
    super(`the secret \`${reference}\` is not there, or cannot be read`);
  }
}

/** A secret that exists but is invalid. */
export class WrongSecret extends Error {}

export const jsonHeaders = { 'content-type': 'application/json', accept: 'application/json' } as const;

/** Interprets a receiver's answer, including `Retry-After`. */
export const attemptFrom = (
  { status, headers: { 'retry-after': asked } }: OutboundAnswer,
  reference: string | null = null,
): Attempt => attemptOf(status, typeof asked === 'string' ? asked : null, nowText(), reference);
