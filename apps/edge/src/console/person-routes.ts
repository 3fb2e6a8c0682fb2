import { randomBytes } from 'node:crypto';
import type { FastifyInstance, FastifyRequest } from 'fastify';
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
import type { Login } from './login.js';
import type { KnownPerson, Sessions } from './sessions.js';

const longestName = 80;
const mostTenants = 20;
const invitedForm = /^invited-[0-9a-f]{12}$/;
const isoOf = (seconds: number): string => new Date(seconds * 1000).toISOString();
const isRole = (value: unknown): value is Role => roles.some((role) => role === value);

type Asked = { readonly name: string; readonly role: Role; readonly tenants: readonly string[] };

/**
 * The person that the body asks to invite. Throws `validation-failed`, which names every violation.
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
    throw new ProblemError('validation-failed', 'nobody can be invited by this', { violations });
  return { name: called, role, tenants: [...new Set(named)] };
};

/**
 * Refuses a name that reads like that of somebody who may already sign in, because lists tell
 * people apart by name.
 */
const refuseLookalike = (known: readonly KnownPerson[], { name }: Asked): void => {
  const keys = nameKeys(name);
  const alike = known.find(({ person }) => nameKeys(person.name).some((key) => keys.includes(key)));
  if (alike !== undefined)
    throw new ProblemError(
      'already-exists',
      `\`${alike.person.name}\` may sign in already, and the name reads the same`,
      {
        remedy: 'invite under a name that can be told from it, or make a new link for them',
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
});

/**
 * Manages who may sign in to the console by invitation: `GET`, `POST /api/v1/people`, `POST
 * /api/v1/people/{id}/link`, `DELETE /api/v1/people/{id}`. Only administrators may, within their
 * own tenants. A link is returned once and kept as a hash. A new link that another person requests
 * ends the recipient's sessions, and the recipient is told at the next sign-in. Such a link does
 * not open in the session or browser of the person who requested it.
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
  const sees = ({ tenants }: Caller, { person }: KnownPerson): boolean =>
    person.tenants.every((tenant) => tenants.includes(tenant));
  const known = (who: Caller, id: string): KnownPerson => {
    const found = sessions.known().find((one) => one.person.subject === id && sees(who, one));
    if (found === undefined)
      throw new ProblemError('not-found', `there is nobody \`${id.slice(0, 64)}\` who may sign in`);
    return found;
  };
  const linked = (id: string, secret: string): PersonLink => {
    const found = sessions.known().find(({ person }) => person.subject === id);
    if (found === undefined) throw new ProblemError('not-found', 'the person was removed meanwhile');
    return { ...recordOf(found), link: `/login#invitation=${secret}` };
  };
  // INVARIANT: process logs outlive an erasure, so they contain no subject: neither the caller's
  // nor one that is not a random id.
  const told = (act: string, { subject, role, tenants }: KnownPerson['person']): void => {
    logger.info({ ...(invitedForm.test(subject) ? { person_id: subject } : {}), role, tenants }, act);
  };

  void app.register((scoped, _options, done) => {
    scoped.removeAllContentTypeParsers();
    scoped.addContentTypeParser(
      'application/json',
      { parseAs: 'string', bodyLimit: 16_384 },
      scoped.getDefaultJsonParser('error', 'error'),
    );
    scoped.get('/api/v1/people', async (request) => {
      const who = await administrator(request);
      return {
        items: sessions
          .known()
          .filter((one) => sees(who, one))
          .map(recordOf),
        next: null,
      };
    });
    scoped.post('/api/v1/people', async (request, reply) => {
      const who = await administrator(request);
      const asked = invitedIn(request.body, who.tenants);
      const person = { subject: `invited-${randomBytes(6).toString('hex')}`, ...asked };
      refuseLookalike(
        sessions.known().filter((one) => sees(who, one)),
        asked,
      );
      const secret = sessions.invite(person, who.subject);
      told('a person was invited', person);
      markMaker(reply, secret);
      return reply.status(201).send(linked(person.subject, secret));
    });
    scoped.post<{ Params: { id: string } }>('/api/v1/people/:id/link', async (request, reply) => {
      const who = await administrator(request);
      const { person } = known(who, request.params.id);
      const name = sessionOf(request)?.who.name ?? who.subject;
      const secret = sessions.newLink(person.subject, { subject: who.subject, name });
      told('a person was given a new link', person);
      if (person.subject !== who.subject) markMaker(reply, secret);
      return reply.status(201).send(linked(person.subject, secret));
    });
    scoped.delete<{ Params: { id: string } }>('/api/v1/people/:id', async (request) => {
      const who = await administrator(request);
      const { person, invited } = known(who, request.params.id);
      if (invited === undefined)
        throw new ProblemError('wrong-state', 'who belongs to the installation itself is not removed', {
          remedy: 'end their sessions',
        });
      sessions.remove(person.subject);
      told('a person was removed', person);
      return { removed: 1 };
    });
    done();
  });
};
