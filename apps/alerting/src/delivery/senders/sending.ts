import { attemptOf, type Attempt, type ChannelSettings, type Notice } from '@interlock/notify';
import type { OutboundAnswer } from '@interlock/outbound';
import { nowText } from '@interlock/platform';
import type { Outside } from '../outside.js';

/**
 * A notice on its way. `reference` is what the receiver called its episode; `isRepeat`: an attempt
 * was made before, whatever came of it.
 */
export type Sending = {
  readonly tenantId: string;
  readonly notice: Notice;
  readonly reference: string | null;
  readonly isRepeat: boolean;
  /** The secret of a reference. Throws `MissingSecret`. */
  readonly secret: (reference: string) => string;
};
export type Sender<Kind extends ChannelSettings['kind']> = (
  outside: Outside,
  settings: Extract<ChannelSettings, { readonly kind: Kind }>,
  sending: Sending,
) => Promise<Attempt>;

/** A secret that is not there may come: the attempt is made again. */
export class MissingSecret extends Error {
  constructor(readonly reference: string) {
    super(`the secret \`${reference}\` is not there, or cannot be read`);
  }
}

/** A secret that is there and cannot be one. */
export class WrongSecret extends Error {}

export const jsonHeaders = { 'content-type': 'application/json', accept: 'application/json' } as const;

/** What an answer means, with `Retry-After` read. */
export const attemptFrom = (
  { status, headers: { 'retry-after': asked } }: OutboundAnswer,
  reference: string | null = null,
): Attempt => attemptOf(status, typeof asked === 'string' ? asked : null, nowText(), reference);
