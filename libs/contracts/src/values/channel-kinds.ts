/** The receivers of a delivery. If a program receives it, no person has seen it. */
export const channelReaches = ['people', 'programs'] as const;
export type ChannelReach = (typeof channelReaches)[number];

/** The kinds of channels, in the order of the documents. */
export const channelKinds = ['slack', 'teams', 'pagerduty', 'email', 'github', 'webhook'] as const;
export type ChannelKind = (typeof channelKinds)[number];

type KindTerms = {
  /** The receivers of a channel of this kind. `chosen`: its tenant decides. */
  readonly reaches: ChannelReach | 'chosen';
  /** True if the receiver keeps an episode of an alert open until it gets the episode's end. */
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

/** The members of a channel's settings that determine its receivers. */
export type ReachSettings = { readonly kind: string; readonly reaches?: ChannelReach };

/**
 * Returns the terms of a kind; undefined for an unknown one, e.g. in an event of a later version.
 */
const termsOf = (kind: string): KindTerms | undefined =>
  Object.hasOwn(terms, kind) ? terms[kind as ChannelKind] : undefined;

/**
 * Returns the receivers of a channel. If the tenant decides for its kind, only a declared reach
 * counts. An unknown kind reaches only programs.
 */
export const reachOf = ({ kind, reaches }: ReachSettings): ChannelReach => {
  const ofKind = termsOf(kind)?.reaches ?? 'programs';
  return ofKind === 'chosen' ? (reaches ?? 'programs') : ofKind;
};

/** Returns true if the receivers of this kind keep an episode open until they get its end. */
export const keepsEpisodes = (kind: string): boolean => termsOf(kind)?.keepsEpisodes === true;
