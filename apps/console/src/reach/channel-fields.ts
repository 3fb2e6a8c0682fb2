import type { Schema } from '@interlock/api-types';
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

const field = (
  name: keyof PutChannel,
  label: string,
  hint: string,
  kind: FieldKind = 'text',
  required = true,
): ChannelField => ({ name, label, kind, hint, required });
const secret = (name: keyof PutChannel, label: string, required = true): ChannelField =>
  field(name, label, 'file:NAME or env:NAME, never the secret itself', 'text', required);

/** The fields of each kind of channel. */
export const channelFields: { readonly [K in ChannelKind]: readonly ChannelField[] } = {
  slack: [
    secret('url_ref', 'Reference to the webhook’s address'),
    field('channel', 'Channel', '#noc', 'text', false),
  ],
  teams: [secret('url_ref', 'Reference to the webhook’s address')],
  pagerduty: [
    secret('routing_key_ref', 'Reference to the routing key'),
    field('url', 'Address of the Events API', 'the default', 'text', false),
  ],
  email: [
    field('host', 'Mail server', 'smtp.example.org'),
    field('port', 'Port', '587', 'number'),
    field('security', 'Security', '', ['tls', 'starttls', 'none']),
    field('from', 'From', 'interlock@example.org'),
    field('to', 'To, separated by commas', 'noc@example.org', 'list'),
    field('username', 'User name', '', 'text', false),
    secret('password_ref', 'Reference to the password', false),
  ],
  github: [
    field('repository', 'Repository', 'owner/name'),
    secret('token_ref', 'Reference to the token'),
    field('api_url', 'Address of the API', 'https://api.github.com', 'text', false),
  ],
  webhook: [
    field('url', 'Address', 'https://noc.example.org/alerts'),
    secret('secret_ref', 'Reference to the signing secret'),
    field('reaches', 'Reaches', '', ['people', 'programs']),
  ],
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
