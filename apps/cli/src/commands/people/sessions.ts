import { list } from '../../lists.js';
import { act, group } from '../../program/declare.js';
import { CliError } from '../../connection/session.js';

/** `interlock sessions`: who is logged in to the console. */
export const addSessions = group(
  'sessions',
  "the console's sessions: your own; an administrator sees everybody's",
  [
    list({
      command: 'list',
      about: 'latest first',
      route: 'GET /api/v1/sessions',
      what: 'sessions',
      columns: [
        { head: 'SESSION', of: ({ session_id }) => session_id, fit: 12 },
        { head: 'NAME', of: ({ name }) => name, fit: 10 },
        { head: 'THIS', of: ({ current }) => (current ? 'asks' : '') },
        { head: 'BEGAN (UTC)', time: ({ began_at }) => began_at, fit: 15 },
        { head: 'UNTIL (UTC)', time: ({ expires_at }) => expires_at, fit: 15 },
        { head: 'BROWSER', of: ({ user_agent }) => user_agent ?? '', fit: 12 },
      ],
      id: ({ session_id }) => session_id,
    }),
    act({
      command: 'revoke [session]',
      about: 'end one',
      routes: ['DELETE /api/v1/sessions', 'DELETE /api/v1/sessions/{id}'],
      options: { '--all': { about: 'end all of your sessions', preset: false } },
      run: async (call, id) => {
        if ((id === undefined) !== call.options.all) throw new CliError('name a session, or --all', 2);
        await (id === undefined
          ? call.session.ask('DELETE /api/v1/sessions')
          : call.session.ask('DELETE /api/v1/sessions/{id}', [id]));
      },
    }),
  ],
);
