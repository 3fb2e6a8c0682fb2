import { liveTopics, roles, type ProblemCode } from '@interlock/contracts';
import { changeStatuses } from '@interlock/kernel';
import { declareEffects, problemComponents, problemResponses } from '@interlock/platform';
import type { ServiceDocument } from './merged-openapi.js';

const text = { type: 'string' };
const time = { type: 'string', format: 'date-time' };
const texts = { type: 'array', items: text };
const object = (properties: { readonly [name: string]: object }): object => ({
  type: 'object',
  properties,
  required: Object.keys(properties),
});
const answer = (description: string, schema: string): object => ({
  description,
  content: { 'application/json': { schema: { $ref: `#/components/schemas/${schema}` } } },
});
/** The problems of every operation here, which needs a token but no choice of a tenant. */
const always = [
  'unauthenticated',
  'token-expired',
  'rate-limited',
  'internal-error',
  'service-unreachable',
] as const satisfies readonly ProblemCode[];
const operation = (
  operationId: string,
  summary: string,
  responses: object,
  problems: readonly ProblemCode[],
  more: object = {},
): object => ({
  operationId,
  summary,
  security: [{ bearer: [] }],
  tags: ['edge'],
  ...more,
  responses: { ...responses, ...problemResponses([...always, ...problems]) },
});

const role = { type: 'string', enum: roles };
const person = {
  person_id: text,
  name: text,
  role,
  tenants: texts,
  invited_by: { type: ['string', 'null'] },
  invited_at: { type: ['string', 'null'], format: 'date-time' },
  link_open_until: { type: ['string', 'null'], format: 'date-time' },
  removable: { type: 'boolean' },
  change_id: { type: ['string', 'null'] },
};
const requested = {
  change_id: text,
  tenant_id: text,
  status: { type: 'string', enum: changeStatuses },
  setting: text,
  loosened: { type: 'array', items: object({ pointer: text, detail: text }) },
  digest: text,
  required_people: { type: 'integer', enum: [1, 2, 3] },
  expires_at: time,
};
const byId = [{ name: 'id', in: 'path', required: true, schema: text }];
/**
 * The role that these routes require. A single scope, as in `x-required-scopes`, is not enough,
 * because only administrators have all of them.
 */
const forAdministrators = { 'x-required-role': 'administrator' };

/**
 * The problems of the people routes. Administrators invite people only if no identity provider
 * assigns the roles.
 */
const ofPeople = [
  'person-required',
  'missing-scope',
  'wrong-state',
] as const satisfies readonly ProblemCode[];

const schemas = {
  PersonDto: object(person),
  PeopleDto: object({
    items: { type: 'array', items: { $ref: '#/components/schemas/PersonDto' } },
    next: { type: ['string', 'null'] },
  }),
  PersonLinkDto: object({ ...person, link: text }),
  LinkRequestedDto: object({
    ...requested,
    person_id: text,
    changes: { type: 'array', items: object(requested) },
  }),
  InvitePersonDto: {
    type: 'object',
    properties: { name: { type: 'string', minLength: 1, maxLength: 80 }, role, tenants: texts },
    required: ['name', 'role'],
  },
  RemovedPersonDto: object({ removed: { type: 'integer' } }),
  SessionRecordDto: object({
    session_id: text,
    name: text,
    began_at: time,
    expires_at: time,
    user_agent: { type: ['string', 'null'] },
    current: { type: 'boolean' },
  }),
  SessionsDto: object({
    items: { type: 'array', items: { $ref: '#/components/schemas/SessionRecordDto' } },
    next: { type: ['string', 'null'] },
  }),
  EndedSessionsDto: object({ ended: { type: 'integer' } }),
  WhoamiDto: object({
    subject: text,
    name: text,
    kind: { type: 'string', enum: ['person', 'service'] },
    roles: texts,
    scopes: texts,
    tenants: texts,
    session_id: { type: ['string', 'null'] },
  }),
};

/** The document of the edge's own routes under `/api`. */
export const ownDocument: ServiceDocument = {
  service: { name: 'edge', prefixes: [], origin: '' },
  document: {
    openapi: '3.1.0',
    info: { title: 'Edge', version: '1' },
    components: {
      schemas: { ...schemas, ...problemComponents.schemas },
      responses: problemComponents.responses,
    },
    paths: {
      '/api/v1/sessions': {
        get: operation(
          'edge_sessions',
          'List the console sessions of the caller, newest first',
          { 200: answer('The sessions', 'SessionsDto') },
          ['person-required'],
          { description: 'An administrator sees the sessions of all people in their tenants.' },
        ),
        delete: operation(
          'edge_end_sessions',
          'End all console sessions of the caller',
          { 200: answer('The number of ended sessions', 'EndedSessionsDto') },
          ['person-required'],
        ),
      },
      '/api/v1/sessions/{id}': {
        delete: operation(
          'edge_end_session',
          'End a console session',
          { 200: answer('The number of ended sessions', 'EndedSessionsDto') },
          ['malformed-json', 'person-required', 'not-found'],
          { parameters: byId },
        ),
      },
      '/api/v1/people': {
        get: operation(
          'edge_people',
          'List the people who may sign in to the console by invitation',
          { 200: answer('The people', 'PeopleDto') },
          ofPeople,
          {
            ...forAdministrators,
            description: 'An administrator sees the people whose tenants are all their own.',
          },
        ),
        post: operation(
          'edge_invite_person',
          'Invite a person to the console',
          { 202: answer('The change request that people must approve', 'LinkRequestedDto') },
          [
            ...ofPeople,
            'malformed-json',
            'payload-too-large',
            'unsupported-media-type',
            'validation-failed',
            'already-exists',
            'overloaded',
          ],
          {
            ...forAdministrators,
            description:
              'The invitation is a change request in each of the tenants. Once it is approved, the person who asked for it gets the link.',
            requestBody: {
              required: true,
              content: { 'application/json': { schema: { $ref: '#/components/schemas/InvitePersonDto' } } },
            },
          },
        ),
      },
      '/api/v1/people/{id}/link': {
        post: operation(
          'edge_link_person',
          'Create another sign-in link for a person',
          {
            201: answer('The person, with the link', 'PersonLinkDto'),
            202: answer('The change request that people must approve', 'LinkRequestedDto'),
          },
          [...ofPeople, 'malformed-json', 'not-found', 'overloaded'],
          {
            ...forAdministrators,
            description:
              'A link for somebody else is a change request first; the same call gets the link once it is approved, and the sessions of the person end. The link works once, within seven days, and is not shown again. Earlier links stay valid.',
            parameters: byId,
          },
        ),
      },
      '/api/v1/people/{id}': {
        delete: operation(
          'edge_remove_person',
          'Remove an invited person with their links and sessions',
          { 200: answer('The number of removed people', 'RemovedPersonDto') },
          [...ofPeople, 'malformed-json', 'not-found'],
          { ...forAdministrators, parameters: byId },
        ),
      },
      '/api/v1/whoami': {
        get: operation(
          'edge_whoami',
          'Get the caller with their scopes and tenants',
          { 200: answer('The caller', 'WhoamiDto') },
          [],
        ),
      },
      '/api/v1/live': {
        get: operation(
          'edge_live',
          'Stream what happens in a tenant',
          {
            200: {
              description: 'Events as they come',
              content: { 'text/event-stream': { schema: { type: 'string' } } },
            },
          },
          ['missing-scope', 'wrong-tenant', 'validation-failed', 'log-unavailable'],
          {
            description:
              'Server-sent events. The id of each is its position in the log: with `Last-Event-ID` the stream continues after it. The event `gap` says that some events are no longer available; `time` is the heartbeat.',
            'x-required-scopes': [...new Set(Object.values(liveTopics).map(({ scope }) => scope))],
            parameters: [
              {
                name: 'topics',
                in: 'query',
                required: false,
                description: `Some of ${Object.keys(liveTopics).join(', ')}, separated by commas; by default all that the scopes allow`,
                schema: { type: 'string' },
              },
              { name: 'tenant_id', in: 'query', required: false, schema: { type: 'string' } },
              { name: 'Last-Event-ID', in: 'header', required: false, schema: { type: 'string' } },
            ],
          },
        ),
      },
    },
  },
};

const unknown = declareEffects(ownDocument.document?.paths ?? {});
if (unknown.length > 0) throw new RangeError(`routes without an effect: ${unknown.join(', ')}`);
