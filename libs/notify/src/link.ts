import type { Timestamp } from '@interlock/contracts';
import type { Decider } from '@interlock/kernel';

/** Why a link was not accepted. */
export type LinkRefusal = 'used' | 'expired' | 'forged';

type Opened = {
  readonly link_id: string;
  readonly alert_id: string;
  readonly channel_id: string;
  readonly page: string;
  readonly by: string;
};
type Refused = { readonly link_id: string; readonly reason: LinkRefusal; readonly by: string };

/**
 * Stream `link-<tenant>:<link_id>`: what became of the one-time link in a message. Links whose
 * signature is wrong have the stream `link-<tenant>:forged=<day>`.
 */
export type LinkEvent =
  | { readonly type: 'LinkOpened'; readonly data: Opened }
  | { readonly type: 'LinkRefused'; readonly data: Refused };
export type LinkCommand =
  | ({ readonly kind: 'open'; readonly expires_at: Timestamp; readonly now: Timestamp } & Opened)
  /** Its signature is wrong. */
  | { readonly kind: 'forged'; readonly link_id: string; readonly by: string };
export type LinkState = { readonly opened: boolean; readonly refusals: number };

/** The refusals of one stream that are recorded; later ones are refused alike. */
const mostRefusals = 100;

/** The stream id of a day's forged links; `at` is RFC 3339. */
export const forgedLinks = (at: Timestamp): string => `forged=${at.slice(0, 10)}`;

const refused = (state: LinkState, data: Refused): readonly LinkEvent[] =>
  state.refusals >= mostRefusals ? [] : [{ type: 'LinkRefused', data }];

/**
 * A link opens once, before it expires. INVARIANT: only the command that writes `LinkOpened` opens
 * the page; every other one is refused.
 */
export const linkDecider: Decider<LinkCommand, LinkEvent, LinkState> = {
  name: 'link',
  types: ['LinkOpened', 'LinkRefused'],
  initial: { opened: false, refusals: 0 },
  decide: (command, state) => {
    const { link_id, by } = command;
    if (command.kind === 'forged') return refused(state, { link_id, reason: 'forged', by });
    if (state.opened) return refused(state, { link_id, reason: 'used', by });
    const { kind: _, expires_at, now, ...data } = command;
    return now >= expires_at
      ? refused(state, { link_id, reason: 'expired', by })
      : [{ type: 'LinkOpened', data }];
  },
  evolve: (state, { type }) => ({
    opened: state.opened || type === 'LinkOpened',
    refusals: state.refusals + (type === 'LinkRefused' ? 1 : 0),
  }),
};
