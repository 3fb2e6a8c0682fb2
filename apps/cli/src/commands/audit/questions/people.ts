import type { Schema } from '@interlock/api-types';
import type { Command } from 'commander';
import { CliError } from '../../../cli-error.js';
import type { Field } from '../../../asks.js';
import { addList } from '../../../lists.js';
import { timeCell } from '../../../output/times.js';
import { calls, type Route } from '../../../program/routes.js';
import type { Globals } from '../../../connection/session.js';
import { monthOption, periodOf, untilOption } from './ask.js';
import { sinceIn } from '../replaying/since.js';

type Row = Schema<'PersonRecordsDto'>['items'][number];

const query: readonly Field[] = [
  {
    flags: '--since <when>',
    about: 'from this time on, or for a span: 30d, 12h, 15m',
    read: (text) => sinceIn(text),
  },
  { flags: '--person <person_id>', about: 'what they did, or what was done to them' },
];

const actorOf = ({ actor, actor_name: name }: Row): string =>
  name ?? ('person_id' in actor ? actor.person_id : actor.service);

type InsteadOptions = {
  readonly file?: string;
  readonly month?: string;
  readonly until?: string;
  readonly since?: string;
  readonly person?: string;
  readonly output?: string;
  readonly json?: boolean;
};

/** Returns the members of an event's data, except the person's, in a few words. */
const detailOf = ({ data }: Row): string =>
  Object.entries(data as { readonly [name: string]: unknown })
    .filter(([name, value]) => value !== null && !['person_id', 'name'].includes(name))
    .map(([name, value]) => `${name}=${typeof value === 'string' ? value : JSON.stringify(value)}`)
    .join(' ');

/**
 * Adds `interlock audit who|overrides|access`: how people may sign in, overrides, exports and
 * reads.
 */
export const addAuditPeople = (audit: Command, globals: () => Globals): void => {
  const lists: readonly {
    readonly command: string;
    readonly about: string;
    readonly route: Route;
    /** The question that is asked of a file or a period instead. */
    readonly question?: 'overrides' | 'access';
  }[] = [
    {
      command: 'who',
      about: 'who was invited by whom, their roles and their sessions, newest first',
      route: 'GET /api/v1/audit/who',
    },
    {
      command: 'overrides',
      about: 'who released, bypassed or overrode a guard, newest first',
      route: 'GET /api/v1/audit/overrides',
      question: 'overrides',
    },
    {
      command: 'access',
      about: 'who exported or read the log, and what was refused, newest first',
      route: 'GET /api/v1/audit/access',
      question: 'access',
    },
  ];
  for (const { question, ...list } of lists) {
    const command = addList<Row>(audit, globals, {
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
      ...(question === undefined
        ? {}
        : {
            instead: async (options: InsteadOptions): Promise<boolean> => {
              const { file, month, until, since, person, output, json } = options;
              if (file === undefined && month === undefined && until === undefined) return false;
              if (person !== undefined || (output !== undefined && output !== 'json'))
                throw new CliError('a file or a period is answered without --person, as text or JSON', 2);
              const { tellAnswer } = await import('./questions.js');
              await tellAnswer(globals, question, await periodOf({ since, until, month }), {
                file,
                json: json === true || output === 'json',
              });
              return true;
            },
          }),
    });
    if (question !== undefined)
      calls(command, 'GET /api/v1/audit/events')
        .option('--file <export>', 'read an exported file instead of the running system, oldest first')
        .addOption(untilOption())
        .addOption(monthOption());
  }
};
