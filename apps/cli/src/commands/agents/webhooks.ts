import type { Schema } from '@interlock/api-types';
import { linesShape } from '../../output/output.js';
import { ask, group } from '../../program/declare.js';
import { list } from '../../lists.js';

const idOf = ({ webhook_id }: { readonly webhook_id: string }): readonly string[] => [webhook_id];

/** `interlock webhooks`: addresses that receive the outcomes of the caller's own intents. */
export const addWebhooks = group(
  'webhooks',
  "addresses that receive the outcomes of the caller's own intents",
  [
    list({
      command: 'list',
      about: 'list your webhooks, or with AUTONOMY_ADMIN those of the tenant',
      route: 'GET /api/v1/webhooks',
      what: 'webhooks',
      columns: [
        { head: 'WEBHOOK', of: ({ webhook_id: id }) => id, fit: 13 },
        { head: 'STATE', of: ({ state }) => state, toned: true },
        { head: 'URL', of: ({ url }) => url, fit: 16 },
        { head: 'PENDING', of: ({ pending }) => pending, right: true },
        { head: 'PARKED', of: ({ parked }) => parked, right: true },
        { head: 'OWNER', of: ({ owner }) => owner, wide: true },
        { head: 'CREATED (UTC)', time: ({ created_at }) => created_at, wide: true },
        { head: 'DETAIL', of: ({ detail }) => detail ?? '', fit: 16 },
      ],
      id: ({ webhook_id: id }) => id,
    }),
    list({
      command: 'deliveries <id>',
      about: 'list deliveries of a webhook, newest first',
      route: 'GET /api/v1/webhooks/{id}/deliveries',
      what: 'deliveries',
      query: {
        '--state <state>': {
          about: 'only in this state',
          choices: ['pending', 'delivered', 'parked', 'dropped'],
        },
      },
      columns: [
        { head: 'EVENT', of: ({ event_id: id }) => id, fit: 13 },
        { head: 'STATE', of: ({ state }) => state, toned: true },
        { head: 'TYPE', of: ({ event_type: type }) => type },
        { head: 'INTENT', of: ({ intent_id: id }) => id ?? '', fit: 12 },
        { head: 'ATTEMPTS', of: ({ attempts }) => attempts, right: true },
        { head: 'NEXT (UTC)', time: ({ next_at }) => next_at, wide: true },
        { head: 'DETAIL', of: ({ detail }) => detail ?? '', fit: 16 },
      ],
      id: ({ event_id: id }) => id,
    }),
    ask({
      command: 'add <url>',
      about: 'register an address for your own intents; prints its secret',
      route: 'POST /api/v1/webhooks',
      argumentsAs: [{ as: 'url' }],
      shape: linesShape<Schema<'RegisteredWebhookDto'>>(
        ({ webhook_id: id, secret }) => [`${id} is registered`, `its secret is ${secret}`],
        idOf,
      ),
    }),
    ask({ command: 'show <id>', about: 'one', route: 'GET /api/v1/webhooks/{id}' }),
    ask({
      command: 'secret <id>',
      about: 'print the secret of a webhook of yours, after the installation changed its key',
      route: 'POST /api/v1/webhooks/{id}/secret',
      shape: linesShape<Schema<'WebhookSecretDto'>>(({ secret }) => [secret], idOf),
    }),
    ask({
      command: 'test <id>',
      about: 'send a signed test, and show what the receiver answers; exit code 1 if it was not accepted',
      route: 'POST /api/v1/webhooks/{id}/test',
      failed: ({ delivered }) => !delivered,
      shape: linesShape<Schema<'TestedWebhookDto'>>(
        ({ event_id: event, delivered, detail }) => [
          `${delivered ? 'delivered' : 'not delivered'}: ${detail}`,
          `it was sent as ${event}`,
        ],
        idOf,
      ),
    }),
    ask({
      command: 'replay <id>',
      about: 'send parked deliveries again, at most 200 at once',
      route: 'POST /api/v1/webhooks/{id}/replay',
      body: {
        '--events <ids>': {
          about: 'send these instead, even if they were delivered; separated by commas',
          as: 'event_ids',
          list: true,
        },
      },
      shape: linesShape<Schema<'ReplayedWebhookDto'>>(
        ({ replayed, more }) => [
          `${replayed} ${replayed === 1 ? 'delivery is' : 'deliveries are'} sent again${more ? '; more are parked, so run it again' : ''}`,
        ],
        idOf,
      ),
    }),
    ask({
      command: 'remove <id>',
      about: 'remove a webhook, and drop what it has not received',
      route: 'DELETE /api/v1/webhooks/{id}',
      shape: linesShape<Schema<'RemovedWebhookDto'>>(({ webhook_id: id }) => [`${id} is removed`], idOf),
    }),
  ],
);
