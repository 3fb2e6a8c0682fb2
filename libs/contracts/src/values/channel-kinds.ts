/** The receivers of a delivery. If a program receives it, no person has seen it. */
export const channelReaches = ['people', 'programs'] as const;
export type ChannelReach = (typeof channelReaches)[number];

/** The kinds of channels, in the order of the documents. */
export const channelKinds = ['slack', 'teams', 'pagerduty', 'email', 'github', 'webhook'] as const;
export type ChannelKind = (typeof channelKinds)[number];

/** A member of a channel's settings: whether a setting needs it, and whether it names a secret. */
type MemberTerms = { readonly isNeeded: boolean; readonly isReference: boolean };
const needed: MemberTerms = { isNeeded: true, isReference: false };
const optional: MemberTerms = { isNeeded: false, isReference: false };
const neededSecret: MemberTerms = { isNeeded: true, isReference: true };
const optionalSecret: MemberTerms = { isNeeded: false, isReference: true };

type KindTerms = {
  /** The receivers of a channel of this kind. `chosen`: its tenant decides. */
  readonly reaches: ChannelReach | 'chosen';
  /** True if the receiver keeps an episode of an alert open until it gets the episode's end. */
  readonly keepsEpisodes: boolean;
  /** The members of the settings, in the order of the documents. */
  readonly members: { readonly [member: string]: MemberTerms };
};

const terms = {
  slack: {
    reaches: 'people',
    keepsEpisodes: false,
    members: { url_ref: neededSecret, channel: optional },
  },
  teams: { reaches: 'people', keepsEpisodes: false, members: { url_ref: neededSecret } },
  pagerduty: {
    reaches: 'people',
    keepsEpisodes: true,
    members: { routing_key_ref: neededSecret, url: optional },
  },
  email: {
    reaches: 'people',
    keepsEpisodes: false,
    members: {
      host: needed,
      port: optional,
      security: optional,
      from: needed,
      to: needed,
      username: optional,
      password_ref: optionalSecret,
    },
  },
  github: {
    reaches: 'people',
    keepsEpisodes: true,
    members: { repository: needed, token_ref: neededSecret, api_url: optional },
  },
  webhook: {
    reaches: 'chosen',
    keepsEpisodes: true,
    members: { url: needed, secret_ref: neededSecret, reaches: optional },
  },
} as const satisfies { readonly [kind in ChannelKind]: KindTerms };

/** The name of a member of the settings of one kind of channel, or of any kind. */
export type ChannelMember<Kind extends ChannelKind = ChannelKind> = {
  [K in Kind]: keyof (typeof terms)[K]['members'];
}[Kind];

/** Returns the members of the settings of a kind. */
export const channelMembers = (
  kind: ChannelKind,
): readonly (MemberTerms & { readonly name: ChannelMember })[] =>
  Object.entries<MemberTerms>(terms[kind].members).map(([name, of]) => ({
    name: name as ChannelMember,
    ...of,
  }));

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
