/** The receivers of a delivery. If a program receives it, no person has seen it. */
export const channelReaches = ['people', 'programs'] as const;
export type ChannelReach = (typeof channelReaches)[number];

/** The members of a channel's settings that determine whom it reaches. */
export type ReachSettings = { readonly kind: string; readonly reaches?: ChannelReach };
const kindsOfPeople: ReadonlySet<string> = new Set(['slack', 'teams', 'pagerduty', 'email', 'github']);

/**
 * Whom a channel reaches. For a webhook, the tenant decides; an unknown kind reaches only programs.
 */
export const reachOf = ({ kind, reaches }: ReachSettings): ChannelReach =>
  kindsOfPeople.has(kind) || (kind === 'webhook' && reaches === 'people') ? 'people' : 'programs';
