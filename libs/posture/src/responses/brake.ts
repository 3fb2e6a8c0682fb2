import type { Timestamp } from '@interlock/contracts';
import type { Decider } from '@interlock/kernel';

export type BrakeEvent =
  | { readonly type: 'BrakeEngaged'; readonly data: { readonly reason: string } }
  | { readonly type: 'BrakeReleased'; readonly data: { readonly reason: string } };

export type BrakeCommand =
  | { readonly kind: 'EngageBrake'; readonly reason: string }
  | { readonly kind: 'ReleaseBrake'; readonly reason: string };

export type BrakeState = {
  readonly engaged: boolean;
  readonly reason: string | null;
  /** When it was last engaged or released; null before the first time. */
  readonly since: Timestamp | null;
};

/**
 * Streams of `brakeStream` and `fileBrakeStream`: the safety brake, which stops automated
 * responses. A repeat writes nothing. The caller ensures that only a person releases the first, and
 * only the input file the second.
 */
export const brakeDecider: Decider<BrakeCommand, BrakeEvent, BrakeState> = {
  name: 'safety brake',
  types: ['BrakeEngaged', 'BrakeReleased'],
  initial: { engaged: false, reason: null, since: null },
  decide: ({ kind, reason }, { engaged }) => {
    if (kind === 'EngageBrake') return engaged ? [] : [{ type: 'BrakeEngaged', data: { reason } }];
    return engaged ? [{ type: 'BrakeReleased', data: { reason } }] : [];
  },
  evolve: (_state, { type, data, metadata }) => ({
    engaged: type === 'BrakeEngaged',
    reason: data.reason,
    since: metadata.occurred_at,
  }),
  inSpiteOfForgery: { takes: ({ kind }) => kind === 'EngageBrake', after: (state) => state },
};
