import type { Schema } from '@interlock/api-types';
import type { Command } from 'commander';
import { addList } from '../../lists.js';
import { timeCell } from '../../output/times.js';
import { calls } from '../../program/routes.js';
import { CliError, Session, type Globals } from '../../connection/session.js';

type ConsoleSession = Schema<'SessionsDto'>['items'][number];
const path = '/api/v1/sessions';

/** `interlock sessions`: who is logged in to the console. */
export const addSessions = (program: Command, globals: () => Globals): void => {
  const sessions = program
    .command('sessions')
    .description("the console's sessions: your own; an administrator sees everybody's");
  addList<ConsoleSession>(sessions, globals, {
    command: 'list',
    about: 'latest first',
    route: 'GET /api/v1/sessions',
    what: 'sessions',
    columns: [
      { head: 'SESSION', of: ({ session_id }) => session_id, fit: 12 },
      { head: 'NAME', of: ({ name }) => name, fit: 10 },
      { head: 'THIS', of: ({ current }) => (current ? 'asks' : '') },
      { head: 'BEGAN (UTC)', of: ({ began_at }, { now }) => timeCell(began_at, now), fit: 15 },
      { head: 'UNTIL (UTC)', of: ({ expires_at }, { now }) => timeCell(expires_at, now), fit: 15 },
      { head: 'BROWSER', of: ({ user_agent }) => user_agent ?? '', fit: 12 },
    ],
    id: ({ session_id }) => session_id,
  });
  calls(sessions.command('revoke [session]'), 'DELETE /api/v1/sessions', 'DELETE /api/v1/sessions/{id}')
    .description('end one')
    .option('--all', 'end all of your own', false)
    .action(async (session: string | undefined, { all }: { readonly all: boolean }) => {
      if ((session === undefined) !== all) throw new CliError('name a session, or --all', 2);
      await new Session(globals()).json(
        'DELETE',
        session === undefined ? path : `${path}/${encodeURIComponent(session)}`,
      );
    });
};
