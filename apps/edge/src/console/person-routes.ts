import { randomBytes } from 'node:crypto';
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import {
  anyTenantPattern,
  nameKeys,
  roles,
  roleScopes,
  type ConsolePersonRecord,
  type PersonLink,
  type Role,
  type Violation,
} from '@interlock/contracts';
import { ProblemError } from '@interlock/kernel';
import type { Caller } from '@interlock/platform';
import type { Logger } from 'pino';
import type { LinkAnswer } from './asked-links.js';
import type { AskedLink, Maker } from './login-state.js';
import type { Login } from './login.js';
import type { KnownPerson, Sessions } from './sessions.js';

const longestName = 80;
const mostTenants = 20;
const invitedForm = /^invited-[0-9a-f]{12}$/;
const isoOf = (seconds: number): string => new Date(seconds * 1000).toISOString();
const isRole = (value: unknown): value is Role => roles.some((role) => role === value);

type Asked = { readonly name: string; readonly role: Role; readonly tenants: readonly string[] };

/**
 * Returns the person whom the body invites. Throws `validation-failed`, which names every
 * violation.
 */
const invitedIn = (body: unknown, own: readonly string[]): Asked => {
  const sent: { readonly [name: string]: unknown } =
    typeof body === 'object' && body !== null && !Array.isArray(body) ? { ...body } : {};
  const { name, role, tenants = own.slice(0, 1), ...others } = sent;
  const violations: Violation[] = Object.keys(others).map((other) => ({
    pointer: `/${other.slice(0, 64)}`,
    detail: 'is not known here',
  }));
  const called = typeof name === 'string' ? name.trim() : '';
  // A name with bidirectional marks or line breaks could look like something else in a list.
  if (called === '' || called.length > longestName || /[\p{Cc}\p{Cf}\p{Cs}\p{Zl}\p{Zp}]/u.test(called))
    violations.push({
      pointer: '/name',
      detail: `must be a name of 1 to ${longestName} printable characters`,
    });
  if (!isRole(role)) violations.push({ pointer: '/role', detail: `must be one of ${roles.join(', ')}` });
  const listed: readonly unknown[] = Array.isArray(tenants) ? tenants : [];
  if (listed.length === 0 || listed.length > mostTenants)
    violations.push({ pointer: '/tenants', detail: `must be a list of 1 to ${mostTenants} tenants` });
  const named = listed.filter((one): one is string => typeof one === 'string');
  listed.forEach((one, i) => {
    if (typeof one !== 'string' || !anyTenantPattern.test(one))
      violations.push({ pointer: `/tenants/${i}`, detail: "must be a tenant's name" });
    else if (!own.includes(one))
      violations.push({ pointer: `/tenants/${i}`, detail: 'must be a tenant of your own' });
  });
  if (violations.length > 0 || !isRole(role))
    throw new ProblemError('validation-failed', 'this request cannot invite anyone', { violations });
  return { name: called, role, tenants: [...new Set(named)] };
};

/**
 * Refuses a name that looks like the name of somebody who may already sign in, because lists
 * distinguish people by name.
 */
const refuseLookalike = (known: readonly ConsolePersonRecord[], { name }: Asked): void => {
  const keys = nameKeys(name);
  const alike = known.find((one) => nameKeys(one.name).some((key) => keys.includes(key)));
  if (alike !== undefined)
    throw new ProblemError(
      'already-exists',
      `\`${alike.name}\` may sign in already, and the name reads the same`,
      {
        remedy: 'invite under a clearly different name, or make a new link for this person',
      },
    );
};

const recordOf = ({ person, invited, open_until: open }: KnownPerson): ConsolePersonRecord => ({
  person_id: person.subject,
  name: person.name,
  role: person.role,
  tenants: person.tenants,
  invited_by: invited?.by ?? null,
  invited_at: invited === undefined ? null : isoOf(invited.at),
  link_open_until: open === null ? null : isoOf(open),
  removable: invited !== undefined,
  change_id: null,
});
/** Returns a new person whom others must approve first, as a person who may not sign in yet. */
const newPersonIn = ({ request: { person, change }, maker }: AskedLink): ConsolePersonRecord => ({
  person_id: person.subject,
  name: change.name,
  role: change.role,
  tenants: person.tenants,
  invited_by: maker.subject,
  invited_at: null,
  link_open_until: null,
  removable: true,
  change_id: null,
});

/**
 * Adds the routes for invited people of the console: `GET`, `POST /api/v1/people`, `POST
 * /api/v1/people/{id}/link`, `DELETE /api/v1/people/{id}`. Only administrators may use them, within
 * their own tenants. An invitation, and a link for another person, is a change request first. The
 * person who asked for it gets the link once it is approved. The link is returned once and kept as
 * a hash. It ends the recipient's sessions, and the recipient is notified at the next sign-in. It
 * does not open in the session or browser of the person who requested it.
 */
export const addPersonRoutes = (
  app: FastifyInstance,
  sessions: Sessions,
  { sessionOf, markMaker }: Login,
  caller: (request: FastifyRequest) => Promise<Caller>,
  logger: Logger,
): void => {
  const administrator = async (request: FastifyRequest): Promise<Caller> => {
    const who = await caller(request);
    const missing = roleScopes.administrator.filter((scope) => !who.scopes.includes(scope));
    if (missing.length > 0)
      throw new ProblemError('missing-scope', 'only administrators invite people', {
        members: { scopes: missing },
      });
    if (!sessions.takesInvitations)
      throw new ProblemError('wrong-state', 'people sign in by the identity provider here', {
        remedy: 'give them a role there',
      });
    return who;
  };
  const sees = (
    { tenants }: Caller,
    { person }: { readonly person: Pick<KnownPerson['person'], 'tenants'> },
  ): boolean => person.tenants.every((tenant) => tenants.includes(tenant));
  const known = (who: Caller, id: string): KnownPerson => {
    const found = sessions.known().find((one) => one.person.subject === id && sees(who, one));
    if (found === undefined)
      throw new ProblemError('not-found', `no person \`${id.slice(0, 64)}\` may sign in`);
    return found;
  };
  const linked = (id: string, secret: string): PersonLink => {
    const found = sessions.known().find(({ person }) => person.subject === id);
    if (found === undefined) throw new ProblemError('not-found', 'the person was removed meanwhile');
    return { ...recordOf(found), link: `/login#invitation=${secret}` };
  };
  const everybody = (who: Caller): readonly ConsolePersonRecord[] => {
    const known = sessions.known().filter((one) => sees(who, one));
    const asked = sessions.state
      .asked()
      .filter(({ request }) => sees(who, { person: request.person }))
      .map((one) => ({ one, change_id: one.changes[0]?.change_id ?? null }));
    const changeOf = new Map(asked.map(({ one, change_id }) => [one.request.person.subject, change_id]));
    return [
      ...known.map(recordOf),
      ...asked.filter(({ one }) => one.request.change.occasion === 'new').map(({ one }) => newPersonIn(one)),
    ].map((one) => ({ ...one, change_id: changeOf.get(one.person_id) ?? null }));
  };
  const makerOf = (request: FastifyRequest, { subject }: Caller): Maker => ({
    subject,
    name: sessionOf(request)?.who.name ?? subject,
  });
  const answer = (reply: FastifyReply, person_id: string, made: LinkAnswer): FastifyReply => {
    if ('secret' in made) {
      markMaker(reply, made.secret);
      return reply.status(201).send(linked(person_id, made.secret));
    }
    const [first] = made.requested;
    if (first === undefined) throw new Error('a link needs neither a change nor has a secret');
    return reply.status(202).send({ ...first, person_id, changes: made.requested });
  };
  // INVARIANT: process logs outlive an erasure, so they never contain the caller's subject, nor any
  // subject that is not a random id.
  const logAct = (act: string, { subject, role, tenants }: Omit<KnownPerson['person'], 'name'>): void =>
    logger.info({ ...(invitedForm.test(subject) ? { person_id: subject } : {}), role, tenants }, act);

  void app.register((scoped, _options, done) => {
    scoped.removeAllContentTypeParsers();
    scoped.addContentTypeParser(
      'application/json',
      { parseAs: 'string', bodyLimit: 16_384 },
      scoped.getDefaultJsonParser('error', 'error'),
    );
    scoped.get('/api/v1/people', async (request) => {
      const who = await administrator(request);
      return { items: everybody(who), next: null };
    });
    scoped.post('/api/v1/people', async (request, reply) => {
      const who = await administrator(request);
      const asked = invitedIn(request.body, who.tenants);
      const person = { subject: `invited-${randomBytes(6).toString('hex')}`, ...asked };
      refuseLookalike(everybody(who), asked);
      const made = await sessions.links.ask(person, makerOf(request, who), 'new');
      logAct('a person is to be invited', person);
      return answer(reply, person.subject, made);
    });
    scoped.post<{ Params: { id: string } }>('/api/v1/people/:id/link', async (request, reply) => {
      const who = await administrator(request);
      sessions.state.lookAnew();
      const asked = sessions.links.of(request.params.id, who.subject);
      if (asked !== undefined) {
        const made = await sessions.links.take(asked);
        if ('secret' in made)
          logAct('a person was given a link', { ...asked.request.change, ...asked.request.person });
        return answer(reply, request.params.id, made);
      }
      const { person } = known(who, request.params.id);
      if (person.subject === who.subject)
        return reply.status(201).send(linked(person.subject, await sessions.ownLink(person)));
      const made = await sessions.links.ask(person, makerOf(request, who), 'link');
      logAct('a person is to be given a new link', person);
      return answer(reply, person.subject, made);
    });
    scoped.delete<{ Params: { id: string } }>('/api/v1/people/:id', async (request) => {
      const who = await administrator(request);
      const { id } = request.params;
      const asked = sessions.state
        .asked()
        .find(
          (one) =>
            one.request.person.subject === id &&
            one.request.change.occasion === 'new' &&
            sees(who, { person: one.request.person }),
        );
      if (asked !== undefined) {
        sessions.state.dropAsked(asked.request.request_id);
        return { removed: 1 };
      }
      const { person, invited } = known(who, id);
      if (invited === undefined)
        throw new ProblemError('wrong-state', 'a person of the installation cannot be removed', {
          remedy: 'end their sessions',
        });
      sessions.remove(person, who.subject);
      logAct('a person was removed', person);
      return { removed: 1 };
    });
    done();
  });
};
