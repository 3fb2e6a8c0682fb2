import type { Schema } from '@interlock/api-types';
import { CliError } from '../../../cli-error.js';
import { list } from '../../../lists.js';
import { all, type Add } from '../../../program/declare.js';
import { sinceIn } from '../replaying/since.js';
import { periodOf, untilOptions } from './ask.js';

type Row = Schema<'PersonRecordsDto'>['items'][number];

const actorOf = ({ actor, actor_name: name }: Row): string =>
  name ?? ('person_id' in actor ? actor.person_id : actor.service);

/** Returns the members of an event's data, except the person's, in a few words. */
const detailOf = ({ data }: Row): string =>
  Object.entries(data as { readonly [name: string]: unknown })
    .filter(([name, value]) => value !== null && !['person_id', 'name'].includes(name))
    .map(([name, value]) => `${name}=${typeof value === 'string' ? value : JSON.stringify(value)}`)
    .join(' ');

/** Lists records of people. `overrides` and `access` can be asked of a file or a period instead. */
const records = (name: 'who' | 'overrides' | 'access', about: string): Add =>
  list({
    command: name,
    about: `${about}, newest first`,
    route: `GET /api/v1/audit/${name}`,
    what: 'records',
    limit: 50,
    query: {
      '--since <when>': { about: 'from this time on, or for a span: 30d, 12h, 15m', read: sinceIn },
      '--person <person_id>': 'records by or about this person',
    },
    columns: [
      { head: 'AT (UTC)', time: ({ at }) => at },
      { head: 'WHAT', of: ({ type }) => type },
      { head: 'BY', of: actorOf, fit: 12 },
      { head: 'PERSON', of: ({ person_name, person_id }) => person_name ?? person_id ?? '', fit: 12 },
      { head: 'DETAIL', of: detailOf, fit: 20 },
    ],
    id: ({ event_id }) => event_id,
    ...(name === 'who'
      ? {}
      : {
          instead: {
            routes: ['GET /api/v1/audit/events'],
            options: {
              '--file <export>': 'read an exported file instead of the running system, oldest first',
              ...untilOptions,
            },
            run: async ({ output, json, ...options }, globals): Promise<boolean> => {
              const { file, month, until, since, person } = options as { readonly [name: string]: string };
              if (file === undefined && month === undefined && until === undefined) return false;
              if (person !== undefined || (output !== undefined && output !== 'json'))
                throw new CliError('a file or a period is answered without --person, as text or JSON', 2);
              const { tellAnswer } = await import('./questions.js');
              const period = await periodOf({ since, until, month });
              await tellAnswer(globals(), name, period, file, json === true || output === 'json');
              return true;
            },
          },
        }),
  });

/**
 * `interlock audit who|overrides|access`: how people may sign in, overrides, exports and reads.
 */
export const addAuditPeople = all(
  records('who', 'list who invited whom, with roles and sessions'),
  records('overrides', 'list who released, bypassed or overrode a guard'),
  records('access', 'list who exported or read the log, and what was refused'),
);
