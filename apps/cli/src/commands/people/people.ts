import type { Schema } from '@interlock/api-types';
import { roles, systemTenant } from '@interlock/contracts';
import { followChange, requestedIn } from '../../change.js';
import { list } from '../../lists.js';
import { linesShape, remark } from '../../output/output.js';
import { act, answer, group, type Call } from '../../program/declare.js';
import { answerOf, Session } from '../../connection/session.js';

type Linked = Schema<'PersonLinkDto'>;
const person = { person: 'the PERSON of `people list`' };

const linkShape = linesShape<Linked>(
  ({ name, person_id: person, link, link_open_until: until }) => [
    `${name} is ${person}; this link is good once, until ${until ?? ''}, and is not shown again:`,
    link,
  ],
  ({ person_id: person }) => [person],
);

/**
 * Prints a link in full, so that it can be passed on. A link for another person first becomes a
 * change request in each of their tenants.
 */
const tellLink = async (call: Call, response: Response): Promise<void> => {
  const { globals, output, session, tell } = call;
  if ((await requestedIn(response)) === undefined) {
    const linked = await answerOf<Linked>(response);
    await tell({ ...linked, link: session.urlOf(linked.link).href }, linkShape);
    return;
  }
  const { person_id: id, changes } = await answerOf<Schema<'LinkRequestedDto'>>(response);
  let open = 0;
  for (const change of changes) {
    const ofTenant = new Session({ ...globals, tenant: change.tenant_id, tenantNamed: true });
    if (!(await followChange(ofTenant, change, output))) open += 1;
  }
  if (open === 0)
    await tellLink(call, await session.send('POST /api/v1/people/{id}/link', [id], { body: {} }));
  else remark(`once it is approved, \`${session.next(`people link ${id}`)}\` prints the link`);
};

/** `interlock people`: who may sign in to the console by invitation. */
export const addPeople = group(
  'people',
  'who may sign in to the console by invitation; for administrators',
  [
    list({
      command: 'list',
      about: "list the people of the caller's tenants",
      route: 'GET /api/v1/people',
      what: 'people',
      columns: [
        { head: 'PERSON', of: ({ person_id }) => person_id, fit: 20 },
        { head: 'NAME', of: ({ name }) => name, fit: 12 },
        { head: 'ROLE', of: ({ role }) => role },
        { head: 'TENANTS', of: ({ tenants }) => tenants.join(', '), fit: 10 },
        { head: 'INVITED (UTC)', time: ({ invited_at }) => invited_at, fit: 15 },
        { head: 'BY', of: ({ invited_by }) => invited_by ?? '', fit: 12 },
        { head: 'CHANGE', of: ({ change_id }) => change_id ?? '', fit: 8 },
        { head: 'LINK UNTIL (UTC)', time: ({ link_open_until }) => link_open_until, fit: 15 },
      ],
      id: ({ person_id }) => person_id,
    }),
    answer({
      command: 'invite <name>',
      about: 'invite somebody to sign in, once others have approved it',
      routes: ['POST /api/v1/people'],
      options: {
        '--role <role>': {
          about: 'what they may do',
          choices: roles.map((role) => role.replaceAll('_', '-')),
          required: true,
        },
        '--for <tenants...>': 'the tenants that they may see, their own first; default: your first one',
      },
      run: async (call, name) => {
        const { role, for: tenants } = call.options;
        const body = { name, role: role.replaceAll('-', '_'), tenants };
        await tellLink(call, await call.session.send('POST /api/v1/people', [], { body }));
      },
    }),
    answer({
      command: 'link <person>',
      about: 'print the link of an approved invitation, or make another; it works once, within seven days',
      arguments: person,
      routes: ['POST /api/v1/people/{id}/link'],
      run: async (call, id) =>
        tellLink(call, await call.session.send('POST /api/v1/people/{id}/link', [id], { body: {} })),
    }),
    act({
      command: 'remove <person>',
      about: 'remove an invited person with their links, and end their sessions',
      arguments: person,
      routes: ['DELETE /api/v1/people/{id}'],
      run: async ({ session }, id) => void (await session.ask('DELETE /api/v1/people/{id}', [id])),
    }),
  ],
  // The administrator of a home also belongs to `_system`, so the owner of the home may make them a
  // new link.
  (globals) => ({ ...globals, alsoTenants: [systemTenant] }),
);
