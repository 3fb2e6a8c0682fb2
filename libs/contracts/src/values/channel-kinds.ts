/** The receivers of a delivery. If a program receives it, no person has seen it. */
export const channelReaches = ['people', 'programs'] as const;
export type ChannelReach = (typeof channelReaches)[number];

/** The kinds of channels, in the order of the documents. */
export const channelKinds = ['slack', 'teams', 'pagerduty', 'email', 'github', 'webhook'] as const;
export type ChannelKind = (typeof channelKinds)[number];

type KindTerms = {
  /** Whom a channel of this kind reaches; `chosen`: its tenant decides. */
  readonly reaches: ChannelReach | 'chosen';
  /** The receiver keeps an episode of an alert open until it gets the end of the episode. */
  readonly keepsEpisodes: boolean;
};

const terms: { readonly [kind in ChannelKind]: KindTerms } = {
  slack: { reaches: 'people', keepsEpisodes: false },
  teams: { reaches: 'people', keepsEpisodes: false },
  pagerduty: { reaches: 'people', keepsEpisodes: true },
  email: { reaches: 'people', keepsEpisodes: false },
  github: { reaches: 'people', keepsEpisodes: true },
  webhook: { reaches: 'chosen', keepsEpisodes: true },
};

/** The members of a channel's settings that determine whom it reaches. */
export type ReachSettings = { readonly kind: string; readonly reaches?: ChannelReach };

/** The terms of a kind. An event of a later version may name a kind that is unknown here. */
const termsOf = (kind: string): KindTerms | undefined =>
  Object.hasOwn(terms, kind) ? terms[kind as ChannelKind] : undefined;

/**
 * Whom a channel reaches. If its kind leaves it to the tenant, only a declared reach counts; an
 * unknown kind reaches only programs.
 */
export const reachOf = ({ kind, reaches }: ReachSettings): ChannelReach => {
  const ofKind = termsOf(kind)?.reaches ?? 'programs';
  return ofKind === 'chosen' ? (reaches ?? 'programs') : ofKind;
};

/** True if the receivers of this kind keep an episode open until they get its end. */
export const keepsEpisodes = (kind: string): boolean => termsOf(kind)?.keepsEpisodes === true;
