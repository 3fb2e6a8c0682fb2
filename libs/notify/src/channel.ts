import { channelMembers, type ChannelMember, type ChannelReach, type Violation } from '@interlock/contracts';
import { canonicalJson, ProblemError, refuseViolations, type Decider } from '@interlock/kernel';
import { referenceFaults } from './references.js';
import type { Report } from './report/content.js';

/**
 * The settings of a channel. They hold no secret: each `*_ref` is `env:NAME` or `file:PATH`, of its
 * own tenant.
 */
export type ChannelSettings =
  /**
   * The whole address of an incoming webhook is a secret. `channel` is shown, and requested if the
   * webhook allows it.
   */
  | { readonly kind: 'slack'; readonly url_ref: string; readonly channel: string | null }
  /** The whole address of a workflow's incoming webhook is a secret. */
  | { readonly kind: 'teams'; readonly url_ref: string }
  /** Events API v2; `url` is the whole address that events are sent to. */
  | { readonly kind: 'pagerduty'; readonly routing_key_ref: string; readonly url: string }
  /**
   * `security`: `tls` from the first byte; `starttls`, and no delivery without it; `none` for a
   * relay on an allowed network.
   */
  | {
      readonly kind: 'email';
      readonly host: string;
      readonly port: number;
      readonly security: 'tls' | 'starttls' | 'none';
      readonly from: string;
      readonly to: readonly string[];
      readonly username: string | null;
      readonly password_ref: string | null;
    }
  | {
      readonly kind: 'github';
      readonly repository: string;
      readonly token_ref: string;
      readonly api_url: string;
    }
  /**
   * Signed according to Standard Webhooks; the secret is `whsec_` and base64. Without `reaches` it
   * reaches programs.
   */
  | {
      readonly kind: 'webhook';
      readonly url: string;
      readonly secret_ref: string;
      readonly reaches?: ChannelReach;
    };

/** The default address of each kind. */
export const channelDefaults = {
  pagerduty_url: 'https://events.pagerduty.com/v2/enqueue',
  github_api_url: 'https://api.github.com',
} as const;

/** The references to a channel's secrets, with their pointers. */
export const referencesOf = (
  settings: ChannelSettings,
): readonly { readonly pointer: string; readonly reference: string }[] => {
  const values: { readonly [member in ChannelMember]?: unknown } = settings;
  return channelMembers(settings.kind).flatMap(({ name, isReference }) => {
    const value = values[name];
    return isReference && typeof value === 'string' ? [{ pointer: `/${name}`, reference: value }] : [];
  });
};

/**
 * The faults of an address: it must be `http` or `https`, without credentials, because the log
 * would hold them.
 */
const urlFaults = (text: string, pointer: string): readonly Violation[] => {
  if (!URL.canParse(text))
    return [{ pointer, detail: 'must be an address such as `https://example.org/path`' }];
  const url = new URL(text);
  return [
    ...(url.protocol === 'https:' || url.protocol === 'http:'
      ? []
      : [{ pointer, detail: 'must begin with `https://` or `http://`' }]),
    ...(url.username === '' && url.password === ''
      ? []
      : [{ pointer, detail: 'must hold no user and no password' }]),
  ];
};

/**
 * One bare address. INVARIANT: it holds no character that ends or nests an address in a header of
 * mail, so that the sender cannot read several addresses, a name, a group or a comment in it.
 */
const mailbox = /^[^\s\p{C}@<>"(),:;[\]\\]{1,64}@[^\s\p{C}@<>"(),:;[\]\\]{1,253}$/u;
const repository = /^[A-Za-z0-9][A-Za-z0-9-]{0,38}\/[A-Za-z0-9._-]{1,100}$/;
const hostPattern = /^[A-Za-z0-9]([A-Za-z0-9.:-]{0,251}[A-Za-z0-9])?$/;

const ownFaults = (settings: ChannelSettings): readonly Violation[] => {
  switch (settings.kind) {
    case 'slack':
      return settings.channel === null || /^[#@][^\s\p{C}]{1,80}$/u.test(settings.channel)
        ? []
        : [{ pointer: '/channel', detail: 'must be a name such as `#policy-alerts`' }];
    case 'teams':
      return [];
    case 'pagerduty':
      return urlFaults(settings.url, '/url');
    case 'webhook':
      return urlFaults(settings.url, '/url');
    case 'github':
      return [
        ...(repository.test(settings.repository)
          ? []
          : [{ pointer: '/repository', detail: 'must be `owner/name`' }]),
        ...urlFaults(settings.api_url, '/api_url'),
      ];
    case 'email':
      return [
        ...(hostPattern.test(settings.host)
          ? []
          : [{ pointer: '/host', detail: 'must be the name of a host' }]),
        ...(mailbox.test(settings.from) ? [] : [{ pointer: '/from', detail: 'must be an address of mail' }]),
        ...(settings.to.length > 0 ? [] : [{ pointer: '/to', detail: 'must name someone' }]),
        ...settings.to.flatMap((to, i) =>
          mailbox.test(to) ? [] : [{ pointer: `/to/${i}`, detail: 'must be an address of mail' }],
        ),
        ...((settings.username === null) === (settings.password_ref === null)
          ? []
          : [{ pointer: '/password_ref', detail: 'must be there where `username` is, and only there' }]),
        ...(settings.username !== null && settings.security === 'none'
          ? [{ pointer: '/security', detail: 'must be `tls` or `starttls` where a password is sent' }]
          : []),
      ];
  }
};

/** Every fault of a channel's settings that the type of a single member does not show. */
export const checkChannel = (settings: ChannelSettings): readonly Violation[] => [
  ...ownFaults(settings),
  ...referencesOf(settings).flatMap(({ pointer, reference }) => referenceFaults(reference, pointer)),
];

/**
 * A report to send. It is in the log, because it leaves the installation. `name`: e.g. `weekly`.
 */
export type ReportRequested = {
  readonly channel_id: string;
  readonly report_id: string;
  readonly name: string;
  readonly report: Report;
};

/** Stream `channel-<tenant>:<channel_id>`. */
export type ChannelEvent =
  | {
      readonly type: 'ChannelConfigured';
      readonly data: { readonly channel_id: string; readonly settings: ChannelSettings };
    }
  | { readonly type: 'ChannelRemoved'; readonly data: { readonly channel_id: string } }
  /** Somebody requested a test message; it is delivered like every notice. */
  | {
      readonly type: 'ChannelTested';
      readonly data: { readonly channel_id: string; readonly test_id: string };
    }
  /** Somebody sends a report; it is delivered like every notice. */
  | { readonly type: 'ReportRequested'; readonly data: ReportRequested };
export type ChannelCommand =
  | { readonly kind: 'configure'; readonly channel_id: string; readonly settings: ChannelSettings }
  | { readonly kind: 'remove'; readonly channel_id: string }
  | { readonly kind: 'test'; readonly channel_id: string; readonly test_id: string }
  | ({ readonly kind: 'report' } & ReportRequested);
export type ChannelState = { readonly settings: ChannelSettings | null };

/** Why a channel of PagerDuty takes no report. */
export const onlyAlerts = 'must not be a channel of kind pagerduty: PagerDuty takes alerts only';

const known = ({ settings }: ChannelState, channelId: string): ChannelSettings => {
  if (settings === null)
    throw new ProblemError('not-found', `there is no channel \`${channelId.slice(0, 64)}\``);
  return settings;
};

/**
 * Refuses a command for a missing channel with `not-found`, and a report for a channel that takes
 * only alerts with `validation-failed`.
 */
export const channelDecider: Decider<ChannelCommand, ChannelEvent, ChannelState> = {
  name: 'channel',
  types: ['ChannelConfigured', 'ChannelRemoved', 'ChannelTested', 'ReportRequested'],
  initial: { settings: null },
  decide: (command, state) => {
    const { settings } = state;
    const { channel_id } = command;
    switch (command.kind) {
      case 'configure':
        return settings !== null && canonicalJson(settings) === canonicalJson(command.settings)
          ? []
          : [{ type: 'ChannelConfigured', data: { channel_id, settings: command.settings } }];
      case 'remove':
        return settings === null ? [] : [{ type: 'ChannelRemoved', data: { channel_id } }];
      case 'test':
        known(state, channel_id);
        return [{ type: 'ChannelTested', data: { channel_id, test_id: command.test_id } }];
      case 'report': {
        refuseViolations(
          known(state, channel_id).kind === 'pagerduty' ? [{ pointer: '/path/id', detail: onlyAlerts }] : [],
          'the channel',
        );
        const { report_id, name, report } = command;
        return [{ type: 'ReportRequested', data: { channel_id, report_id, name, report } }];
      }
    }
  },
  evolve: (state, event) => {
    switch (event.type) {
      case 'ChannelConfigured':
        return { settings: event.data.settings };
      case 'ChannelRemoved':
        return { settings: null };
      case 'ChannelTested':
      case 'ReportRequested':
        return state;
    }
  },
};
