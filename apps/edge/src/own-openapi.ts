import { liveTopics } from '@interlock/contracts';
import type { ServiceDocument } from './merged-openapi.js';

/** What the edge itself answers under `/api`. */
export const ownDocument: ServiceDocument = {
  service: { name: 'edge', prefixes: [], origin: '' },
  document: {
    openapi: '3.1.0',
    info: { title: 'Edge', version: '1' },
    paths: {
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
