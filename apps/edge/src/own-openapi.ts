import { liveTopics, roles } from '@interlock/contracts';
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
const operation = (operationId: string, summary: string, responses: object, more: object = {}): object => ({
  operationId,
  summary,
  security: [{ bearer: [] }],
  tags: ['edge'],
  ...more,
  responses,
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
};
const byId = [{ name: 'id', in: 'path', required: true, schema: text }];
/** One scope does not do, as `x-required-scopes` would say: administrators have every one, and nobody else does. */
const forAdministrators = { 'x-required-role': 'administrator' };

const schemas = {
  PersonDto: object(person),
  PeopleDto: object({
    items: { type: 'array', items: { $ref: '#/components/schemas/PersonDto' } },
    next: { type: ['string', 'null'] },
  }),
  PersonLinkDto: object({ ...person, link: text }),
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

/** What the edge itself answers under `/api`. */
export const ownDocument: ServiceDocument = {
  service: { name: 'edge', prefixes: [], origin: '' },
  document: {
    openapi: '3.1.0',
    info: { title: 'Edge', version: '1' },
    components: { schemas },
    paths: {
      '/api/v1/sessions': {
        get: operation(
          'edge_sessions',
          "The console's sessions of the caller, the latest first; an administrator sees everybody's of their tenants",
          { 200: answer('The sessions', 'SessionsDto') },
        ),
        delete: operation('edge_end_sessions', 'Ends all sessions of the caller', {
          200: answer('How many have ended', 'EndedSessionsDto'),
        }),
      },
      '/api/v1/sessions/{id}': {
        delete: operation(
          'edge_end_session',
          'Ends a session',
          { 200: answer('How many have ended', 'EndedSessionsDto') },
          { parameters: [{ name: 'id', in: 'path', required: true, schema: text }] },
        ),
      },
      '/api/v1/people': {
        get: operation(
          'edge_people',
          'Who may sign in to the console by invitation; for administrators, of the tenants that are their own',
          { 200: answer('The people', 'PeopleDto') },
          forAdministrators,
        ),
        post: operation(
          'edge_invite_person',
          'Invites somebody: the answer holds a link that signs them in once, within seven days, and is not shown again',
          { 201: answer('The person, with the link', 'PersonLinkDto') },
          {
            ...forAdministrators,
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
          'Makes another link for somebody, good once, for seven days; links that are open stay so',
          { 201: answer('The person, with the link', 'PersonLinkDto') },
          { ...forAdministrators, parameters: byId },
        ),
      },
      '/api/v1/people/{id}': {
        delete: operation(
          'edge_remove_person',
          'Removes somebody who was invited, with their links; their sessions end',
          { 200: answer('How many were removed', 'RemovedPersonDto') },
          { ...forAdministrators, parameters: byId },
        ),
      },
      '/api/v1/whoami': {
        get: operation('edge_whoami', 'Who asks, and what they may do', {
          200: answer('The caller', 'WhoamiDto'),
        }),
      },
      '/api/v1/live': {
        get: {
          operationId: 'edge_live',
          summary: 'What happens in a tenant, as it happens: where each event stands',
          description:
            'Server-sent events. The id of each is its position in the log: with `Last-Event-ID` the stream goes on after it; the event `gap` says that some are no longer to be had. `time` is the heartbeat.',
          security: [{ bearer: [] }],
          'x-required-scopes': [...new Set(Object.values(liveTopics).map(({ scope }) => scope))],
          tags: ['edge'],
          parameters: [
            {
              name: 'topics',
              in: 'query',
              required: false,
              description: `Some of ${Object.keys(liveTopics).join(', ')}, with commas; all that the scopes allow where it is left out`,
              schema: { type: 'string' },
            },
            { name: 'tenant_id', in: 'query', required: false, schema: { type: 'string' } },
            { name: 'Last-Event-ID', in: 'header', required: false, schema: { type: 'string' } },
          ],
          responses: {
            200: {
              description: 'Events as they come',
              content: { 'text/event-stream': { schema: { type: 'string' } } },
            },
          },
        },
      },
    },
  },
};
