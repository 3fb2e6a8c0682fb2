import type { Schema } from '@interlock/api-types';
import { roles, systemTenant } from '@interlock/contracts';
import { Argument, Option, type Command } from 'commander';
import { answering } from '../../asks.js';
import { followChange, requestedIn } from '../../change.js';
import { addList } from '../../lists.js';
import { linesShape, remark, tell, withOutput, type Output } from '../../output/output.js';
import { timeCell } from '../../output/times.js';
import { calls } from '../../program/routes.js';
import { answerOf, Session, type Globals } from '../../connection/session.js';

type Person = Schema<'PeopleDto'>['items'][number];
type Linked = Schema<'PersonLinkDto'>;
type LinkRequested = Schema<'LinkRequestedDto'>;
type Asked = { readonly role: string; readonly for?: readonly string[] };
const path = '/api/v1/people';
const words = roles.map((role) => role.replaceAll('_', '-'));
const id = (): Argument => new Argument('<person>', 'the PERSON of `people list`');
const addressOf = (person: string): string => `${path}/${encodeURIComponent(person)}`;

const linkShape = linesShape<Linked>(
  ({ name, person_id: person, link, link_open_until: until }) => [
    `${name} is ${person}; this link is good once, until ${until ?? ''}, and is not shown again:`,
    link,
  ],
  ({ person_id: person }) => [person],
);

/**
 * Requests a link and prints it in full, so that it can be passed on. A link for another person
 * first becomes a change request in each of their tenants.
 */
const tellLink = async (globals: Globals, address: string, body: object, options: Output): Promise<void> => {
  const session = new Session(globals);
  const response = await session.fetch('POST', address, body);
  if ((await requestedIn(response)) === undefined) {
    const linked = await answerOf<Linked>(response);
    await tell({ ...linked, link: session.urlOf(linked.link).href }, linkShape, options);
    return;
  }
  const { person_id: person, changes } = await answerOf<LinkRequested>(response);
  let open = 0;
  for (const change of changes) {
    const ofTenant = new Session({ ...globals, tenant: change.tenant_id, tenantNamed: true });
    if (!(await followChange(ofTenant, change, options))) open += 1;
  }
  if (open === 0) await tellLink(globals, `${addressOf(person)}/link`, {}, options);
  else remark(`once it is approved, \`${session.next(`people link ${person}`)}\` prints the link`);
};

/** `interlock people`: who may sign in to the console by invitation. */
export const addPeople = (program: Command, globalsOf: () => Globals): void => {
  // The administrator of a home also belongs to `_system`, so the owner of the home may make them a
  // new link.
  const globals = (): Globals => ({ ...globalsOf(), alsoTenants: [systemTenant] });
  const people = program
    .command('people')
    .description('who may sign in to the console by invitation; for administrators');
  addList<Person>(people, globals, {
    command: 'list',
    about: "of the caller's tenants",
    route: 'GET /api/v1/people',
    what: 'people',
    columns: [
      { head: 'PERSON', of: ({ person_id }) => person_id, fit: 20 },
      { head: 'NAME', of: ({ name }) => name, fit: 12 },
      { head: 'ROLE', of: ({ role }) => role },
      { head: 'TENANTS', of: ({ tenants }) => tenants.join(', '), fit: 10 },
      { head: 'INVITED (UTC)', of: ({ invited_at }, { now }) => timeCell(invited_at, now), fit: 15 },
      { head: 'BY', of: ({ invited_by }) => invited_by ?? '', fit: 12 },
      { head: 'CHANGE', of: ({ change_id }) => change_id ?? '', fit: 8 },
      {
        head: 'LINK UNTIL (UTC)',
        of: ({ link_open_until }, { now }) => timeCell(link_open_until, now),
        fit: 15,
      },
    ],
    id: ({ person_id }) => person_id,
  });
  answering(people, 'invite <name>', 'POST /api/v1/people')
    .description('let somebody sign in, once others have approved it')
    .addOption(new Option('--role <role>', 'what they may do').choices(words).makeOptionMandatory())
    .option(
      '--for <tenants...>',
      'the tenants that they may look at, their own first; else your own first one',
    )
    .action((name: string, { role, for: tenants, ...options }: Output & Asked) =>
      tellLink(
        globals(),
        path,
        {
          name,
          role: role.replaceAll('-', '_'),
          ...(tenants === undefined ? {} : { tenants }),
        },
        options,
      ),
    );
  withOutput(calls(people.command('link').addArgument(id()), 'POST /api/v1/people/{id}/link'))
    .description(
      'print the link of somebody whose invitation was approved, good once, for seven days; or make another one',
    )
    .action((person: string, options: Output) =>
      tellLink(globals(), `${addressOf(person)}/link`, {}, options),
    );
  calls(people.command('remove').addArgument(id()), 'DELETE /api/v1/people/{id}')
    .description('take away somebody who was invited, with their links; their sessions end')
    .action(async (person: string) => {
      await new Session(globals()).json('DELETE', addressOf(person));
    });
};
