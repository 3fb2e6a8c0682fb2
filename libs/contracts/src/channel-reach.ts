/** Whom a delivery reaches by itself: what a program takes, no person has seen. */
export const channelReaches = ['people', 'programs'] as const;
export type ChannelReach = (typeof channelReaches)[number];

/** The members of a channel's settings that say whom it reaches. */
export type ReachSettings = { readonly kind: string; readonly reaches?: ChannelReach };
const kindsOfPeople: ReadonlySet<string> = new Set(['slack', 'pagerduty', 'email', 'github']);

/** Whom a channel reaches. A tenant decides it for a webhook; a kind that is not known reaches programs alone. */
export const reachOf = ({ kind, reaches }: ReachSettings): ChannelReach =>
  kindsOfPeople.has(kind) || (kind === 'webhook' && reaches === 'people') ? 'people' : 'programs';
