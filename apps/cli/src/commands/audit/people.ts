import type { Schema } from '@interlock/api-types';
import type { Command } from 'commander';
import type { Field } from '../../asks.js';
import { CliError } from '../../cli-error.js';
import { addList } from '../../lists.js';
import { isTime, timeCell } from '../../output/times.js';
import type { Route } from '../../routes.js';
import type { Globals } from '../../session.js';

type Row = Schema<'PersonRecordsDto'>['items'][number];

const unitMs: { readonly [unit: string]: number } = { m: 60_000, h: 3_600_000, d: 86_400_000 };

/** A time, or a span before `now` such as `30d`, `12h`, `15m`, as a time. Throws `CliError`. */
export const sinceIn = (text: string, now = Date.now()): string => {
  if (isTime(text)) return text;
  const [, count = '', unit = ''] = /^(\d{1,5})([mhd])$/.exec(text) ?? [];
  if (unit === '') throw new CliError(`\`${text}\` is neither a time nor a span such as 30d, 12h or 15m`, 2);
  return new Date(now - Number(count) * (unitMs[unit] ?? 0)).toISOString();
};

const query: readonly Field[] = [
  {
    flags: '--since <when>',
    about: 'from this time on, or for a span: 30d, 12h, 15m',
    as: 'since',
    read: (text) => sinceIn(text),
  },
  { flags: '--person <person_id>', about: 'what they did, or what was done to them', as: 'person' },
];

const actorOf = ({ actor, actor_name: name }: Row): string =>
  name ?? ('person_id' in actor ? actor.person_id : actor.service);

/** What an event's data say beyond whom it is about, in a few words. */
const detailOf = ({ data }: Row): string =>
  Object.entries(data as { readonly [name: string]: unknown })
    .filter(([name, value]) => value !== null && !['person_id', 'name'].includes(name))
    .map(([name, value]) => `${name}=${typeof value === 'string' ? value : JSON.stringify(value)}`)
    .join(' ');

/** `interlock audit who|overrides|access`: people's ways in, overrides, exports and reads. */
export const addAuditPeople = (audit: Command, globals: () => Globals): void => {
  const lists: readonly { readonly command: string; readonly about: string; readonly route: Route }[] = [
    {
      command: 'who',
      about: 'who was invited by whom, their roles and their sessions, the newest first',
      route: 'GET /api/v1/audit/who',
    },
    {
      command: 'overrides',
      about: 'who released, bypassed or overrode a guard, the newest first',
      route: 'GET /api/v1/audit/overrides',
    },
    {
      command: 'access',
      about: 'who exported or read the log, and what was refused, the newest first',
      route: 'GET /api/v1/audit/access',
    },
  ];
  for (const list of lists)
    addList<Row>(audit, globals, {
      ...list,
      what: 'records',
      limit: 50,
      query,
      columns: [
        { head: 'AT (UTC)', of: ({ at }, { now }) => timeCell(at, now) },
        { head: 'WHAT', of: ({ type }) => type },
        { head: 'BY', of: actorOf, fit: 12 },
        { head: 'PERSON', of: ({ person_name, person_id }) => person_name ?? person_id ?? '', fit: 12 },
        { head: 'DETAIL', of: detailOf, fit: 20 },
      ],
      id: ({ event_id }) => event_id,
    });
};
