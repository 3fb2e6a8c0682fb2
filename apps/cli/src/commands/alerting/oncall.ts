import type { Schema } from '@interlock/api-types';
import { linesShape } from '../../output/output.js';
import { ask, group } from '../../program/declare.js';
import { list } from '../../lists.js';

type Written = Schema<'WrittenRotaDto'>;

const idOf = ({ rota_id }: { readonly rota_id: string }): readonly string[] => [rota_id];
const written = (words: string) => linesShape<Written>(({ rota_id }) => [`${rota_id} ${words}`], idOf);
const overridden = linesShape<Written>(
  ({ rota_id, override_id }) => [`${rota_id} is overridden: ${override_id ?? ''}`],
  ({ override_id }) => (override_id === null ? [] : [override_id]),
);
const reachShape = linesShape<Schema<'ReachDto'>>(
  ({ findings }) =>
    findings.length === 0
      ? ['alerts reach people']
      : findings.map(({ detail, remedy }) => `${detail}; ${remedy}`),
  ({ findings }) => findings.map(({ code }) => code),
);

/** `interlock oncall`: who is on call, and whom alerts reach. */
export const addOncall = group('oncall', 'who is on call, by weekly rotas and overrides', [
  list({
    command: 'list',
    about: 'list every rota and who is on call',
    route: 'GET /api/v1/alerts/rotas',
    what: 'rotas',
    query: { '--at <time>': 'at this time instead of now, RFC 3339' },
    columns: [
      { head: 'ROTA', of: ({ rota_id }) => rota_id },
      {
        head: 'ON CALL',
        of: ({ on_call, unknown }) => (unknown === null ? on_call.join(', ') : `everyone: ${unknown}`),
        fit: 16,
      },
      { head: 'HANDOVER', of: ({ handover, time_zone }) => `${handover} ${time_zone}` },
      { head: 'SOURCE', of: ({ source }) => source?.kind ?? 'weekly' },
      { head: 'MEMBERS', of: ({ members }) => members.map(({ name }) => name).join(', '), fit: 12 },
      { head: 'CHANGED (UTC)', time: ({ updated_at }) => updated_at, wide: true },
    ],
    id: ({ rota_id }) => rota_id,
  }),
  ask({ command: 'show <id>', about: 'one, with its overrides', route: 'GET /api/v1/alerts/rotas/{id}' }),
  ask({
    command: 'set <id> <file>',
    about: 'create or replace a rota from a file, as docs/channels.md shows',
    route: 'PUT /api/v1/alerts/rotas/{id}',
    shape: written('is set'),
    personal: true,
    loosens: true,
  }),
  ask({
    command: 'override <id> <member>',
    about: 'let a member take over for a time; prints the id of the override',
    route: 'POST /api/v1/alerts/rotas/{id}/overrides',
    argumentsAs: [null, { as: 'member' }],
    body: {
      '--from <time>': { about: 'RFC 3339', required: true },
      '--until <time>': { about: 'RFC 3339', required: true },
    },
    shape: overridden,
  }),
  ask({
    command: 'lift <id> <override>',
    about: 'remove an override',
    route: 'DELETE /api/v1/alerts/rotas/{id}/overrides/{override_id}',
    shape: written('is no longer overridden'),
  }),
  ask({
    command: 'remove <id>',
    about: 'remove a rota; its routes then lead to everyone',
    route: 'DELETE /api/v1/alerts/rotas/{id}',
    shape: written('is removed'),
  }),
  ask({
    command: 'reach',
    about: 'show where nobody would be notified of an alert',
    route: 'GET /api/v1/alerts/reach',
    shape: reachShape,
  }),
]);
