import type { Schema } from '@interlock/api-types';
import { channelMembers, type ChannelMember } from '@interlock/contracts';
import { plainValue } from '../format.js';
import type { Channel } from './queries.js';

type PutChannel = Schema<'PutChannelDto'>;
export type ChannelKind = PutChannel['kind'];
type FieldKind = 'text' | 'number' | 'list' | readonly string[];
type ChannelField = {
  readonly name: string;
  readonly label: string;
  readonly kind: FieldKind;
  readonly hint: string;
  readonly required: boolean;
};

type Words = Omit<ChannelField, 'name' | 'required'>;
const field = (label: string, hint: string, kind: FieldKind = 'text'): Words => ({ label, hint, kind });
const secret = (label: string): Words => field(label, 'file:NAME or env:NAME, never the secret itself');

/** The words of each member of each kind of channel. */
const words: { readonly [K in ChannelKind]: { readonly [M in ChannelMember<K>]: Words } } = {
  slack: {
    url_ref: secret('Reference to the webhook’s address'),
    channel: field('Channel', '#noc'),
  },
  teams: { url_ref: secret('Reference to the webhook’s address') },
  pagerduty: {
    routing_key_ref: secret('Reference to the routing key'),
    url: field('Address of the Events API', 'the default'),
  },
  email: {
    host: field('Mail server', 'smtp.example.org'),
    port: field('Port', 'the default', 'number'),
    security: field('Security', '', ['tls', 'starttls', 'none']),
    from: field('From', 'interlock@example.org'),
    to: field('To, separated by commas', 'noc@example.org', 'list'),
    username: field('User name', ''),
    password_ref: secret('Reference to the password'),
  },
  github: {
    repository: field('Repository', 'owner/name'),
    token_ref: secret('Reference to the token'),
    api_url: field('Address of the API', 'https://api.github.com'),
  },
  webhook: {
    url: field('Address', 'https://noc.example.org/alerts'),
    secret_ref: secret('Reference to the signing secret'),
    reaches: field('Reaches', '', ['people', 'programs']),
  },
};

const fieldsOf = (kind: ChannelKind): readonly ChannelField[] => {
  const own: { readonly [member in ChannelMember]?: Words } = words[kind];
  return channelMembers(kind).flatMap(({ name, isNeeded: required }) => {
    const said = own[name];
    return said === undefined ? [] : [{ name, required, ...said }];
  });
};
/** The fields of each kind of channel. */
export const channelFields: { readonly [K in ChannelKind]: readonly ChannelField[] } = {
  slack: fieldsOf('slack'),
  teams: fieldsOf('teams'),
  pagerduty: fieldsOf('pagerduty'),
  email: fieldsOf('email'),
  github: fieldsOf('github'),
  webhook: fieldsOf('webhook'),
};

export type Values = { readonly [name: string]: string };

/** Returns the settings of a channel as the values of its form. Pure. */
export const valuesOf = ({ settings }: Pick<Channel, 'settings'>): Values =>
  Object.fromEntries(
    Object.entries(settings).flatMap(([name, value]: [string, unknown]) =>
      value === null || value === undefined
        ? []
        : [[name, Array.isArray(value) ? value.join(', ') : String(value)]],
    ),
  );

/** Names the first required field that is still empty; undefined if the form is complete. Pure. */
export const missingIn = (kind: ChannelKind, values: Values): string | undefined => {
  const found = channelFields[kind].find(
    ({ name, required, kind: of }) =>
      required && typeof of === 'string' && (values[name] ?? '').trim() === '',
  );
  return found === undefined ? undefined : `${found.label} is missing`;
};

/** Builds the request body from a completed form. Pure. */
export const channelBody = (kind: ChannelKind, values: Values): PutChannel => ({
  kind,
  ...Object.fromEntries(
    channelFields[kind].flatMap(({ name, kind: of }): readonly (readonly [string, unknown])[] => {
      const text = (values[name] ?? (typeof of === 'string' ? '' : of[0]) ?? '').trim();
      if (text === '') return [];
      if (of === 'number') return [[name, Number(text)]];
      return [[name, of === 'list' ? text.split(',').map((one) => one.trim()) : text]];
    }),
  ),
});

/**
 * Returns the settings of a channel in one line. It shows the names of secrets, never their values.
 * Pure.
 */
export const settingsText = ({ settings }: Pick<Channel, 'settings'>): string =>
  Object.entries(settings)
    .filter(([name, value]) => name !== 'reaches' && value !== null)
    .map(([name, value]: [string, unknown]) => `${name} ${plainValue(value)}`)
    .join(', ');
