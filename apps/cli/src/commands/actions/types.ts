import type { Schema } from '@interlock/api-types';
import { ask, group } from '../../program/declare.js';
import { list } from '../../lists.js';

const yes = (value: boolean): string => (value ? 'yes' : 'no');
const handlerOf = ({ handler }: Pick<Schema<'ActionTypeDto'>, 'handler'>): string =>
  handler === null ? 'none' : `${handler.service}/${handler.name}`;

/** `interlock action-types`: the possible kinds of actions. */
export const addActionTypes = group('action-types', 'action types: what can be done, and who does it', [
  list({
    command: 'list',
    about: 'the catalogue',
    route: 'GET /api/v1/action-types',
    what: 'action types',
    topics: ['policies'],
    columns: [
      { head: 'ACTION TYPE', of: ({ action_type }) => action_type, fit: 16 },
      { head: 'VERSION', of: ({ version }) => version ?? '', right: true },
      { head: 'HANDLER', of: handlerOf, fit: 14 },
      { head: 'REVERSIBLE', of: ({ reversible }) => yes(reversible) },
      { head: 'TITLE', of: ({ title }) => title, fit: 12 },
      { head: 'READ ONLY', of: ({ read_only }) => yes(read_only), wide: true },
      { head: 'CONTACT', of: ({ external_contact }) => yes(external_contact), wide: true },
      {
        head: 'CONFIDENCE',
        of: ({ confidence_threshold }) => confidence_threshold ?? '',
        wide: true,
        right: true,
      },
    ],
    id: ({ action_type }) => action_type,
  }),
  list({
    command: 'versions <type>',
    about: 'list every version of one',
    route: 'GET /api/v1/action-types/{actionType}/versions',
    what: 'versions',
    columns: [
      { head: 'VERSION', of: ({ version }) => version ?? '', right: true },
      { head: 'REGISTERED (UTC)', time: ({ registered_at }) => registered_at },
      { head: 'HANDLER', of: handlerOf, fit: 14 },
      { head: 'CONTENT', of: ({ content_hash }) => content_hash, fit: 12 },
    ],
    id: ({ version }) => `${version ?? ''}`,
  }),
  ask({
    command: 'show <type>',
    about: 'show one, with the schema of its parameters',
    route: 'GET /api/v1/action-types/{actionType}',
  }),
  ask({
    command: 'register <type> <file>',
    about: 'add a new one, as JSON',
    route: 'POST /api/v1/action-types/{actionType}',
  }),
  ask({
    command: 'change <type> <file>',
    about: 'register the next version of one, as JSON',
    route: 'PUT /api/v1/action-types/{actionType}',
    ifMatch: 'read',
  }),
  ask({
    command: 'retire <type>',
    about: 'retire one, so that intents that name it are refused',
    route: 'POST /api/v1/action-types/{actionType}/retire',
    ifMatch: 'option',
  }),
]);
