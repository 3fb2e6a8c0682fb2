import { expect, it } from '@jest/globals';
import { encodeCursor } from '@interlock/postgres';
import { compiledSql, goldenText, sqlText, unnamedQueries } from '@interlock/testing';
import { DeliveriesQueries } from '../src/delivery/deliveries.queries.js';
import { RotasQueries } from '../src/delivery/rotas/rotas.queries.js';
import { DeliveryQueue } from '../src/delivery/queue.js';
import { WebhooksQueries } from '../src/delivery/webhooks/webhooks.queries.js';

const now = '2026-01-01T00:00:00.000Z';
const claim = { tenant_id: 'demo', channel_id: 'ops', dedup_key: 'a:1:trigger', claimed_by: 'me' };

it('the SQL of the queries on channels, routes and notices matches the reviewed text', async () => {
  const sql = compiledSql((statement) =>
    statement.includes('from "channels"')
      ? [
          {
            tenant_id: 'demo',
            channel_id: 'ops',
            settings: { kind: 'webhook' },
            updated_at: now,
            revision: '0',
          },
        ]
      : [],
  );
  const queries = new DeliveriesQueries(sql.runner);
  const all = {
    channels: () => queries.channels('demo'),
    channel: () => queries.channel('demo', 'ops'),
    routes: () => queries.routes('demo'),
    'deliveries: all': () => queries.deliveries('demo', {}),
    'deliveries: with every filter': () =>
      queries.deliveries('demo', {
        state: 'pending',
        channel_id: 'ops',
        alert_id: '00000000-0000-4000-8000-000000000001',
        cursor: encodeCursor('deliveries', [now, 'ops', 'a:1:trigger']),
        limit: 5,
      }),
  };
  const found = await sqlText(sql, all);
  expect(found).toBe(await goldenText(new URL('sql/deliveries.sql', import.meta.url), found));
  expect(unnamedQueries(DeliveriesQueries, Object.keys(all))).toEqual([]);
});

it('the SQL of the queries on rotas matches the reviewed text', async () => {
  const sql = compiledSql((statement) =>
    statement.includes('from "channels"')
      ? [{ tenant_id: 'demo', channel_id: 'ops', settings: { kind: 'slack' } }]
      : [],
  );
  const queries = new RotasQueries(sql.runner);
  const all = {
    rotas: () => queries.rotas('demo', now),
    withSource: () => queries.withSource(),
    tenants: () => queries.tenants(),
    findings: () => queries.findings('demo', now),
  };
  const found = await sqlText(sql, all);
  expect(found).toBe(await goldenText(new URL('sql/rotas.sql', import.meta.url), found));
  expect(unnamedQueries(RotasQueries, Object.keys(all))).toEqual([]);
});

it('the SQL of the queries on webhooks matches the reviewed text', async () => {
  const id = '00000000-0000-7000-8000-000000000006';
  const webhook = {
    tenant_id: 'demo',
    channel_id: `webhook:${id}`,
    settings: { kind: 'outcomes', url: 'https://example.org' },
    stopped: null,
    created_at: now,
  };
  const sql = compiledSql((statement) => (statement.includes('from "webhooks"') ? [webhook] : []));
  const queries = new WebhooksQueries(sql.runner);
  const all = {
    'webhooks: of an owner': () => queries.webhooks('demo', 'service:inbox'),
    'webhooks: all': () => queries.webhooks('demo', null),
    webhook: () => queries.webhook('demo', id, 'service:inbox'),
    'deliveries: all': () => queries.deliveries('demo', id, {}),
    'deliveries: with every filter': () =>
      queries.deliveries('demo', id, {
        state: 'parked',
        cursor: encodeCursor('webhook-deliveries', ['1/1/0']),
        limit: 5,
      }),
    'ended: parked': () => queries.ended('demo', id, undefined),
    'ended: named': () => queries.ended('demo', id, [id]),
  };
  const found = await sqlText(sql, all);
  expect(found).toBe(await goldenText(new URL('sql/webhooks.sql', import.meta.url), found));
  expect(unnamedQueries(WebhooksQueries, Object.keys(all))).toEqual([]);
});

it('the SQL of the queue matches the reviewed text', async () => {
  const sql = compiledSql();
  const queue = new DeliveryQueue(sql.runner);
  const all = {
    claim: () => queue.claim({ by: 'me', now, until: now, limit: 2, busy: ['demo/ops'] }),
    again: () => queue.again(claim, now, 'the receiver answered 503'),
    hold: () => queue.hold(claim, now),
    dueEscalations: () => queue.dueEscalations(now),
    holds: () => queue.holds('demo', 'a'),
    reaches: () => queue.reaches(),
  };
  const found = await sqlText(sql, all);
  expect(found).toBe(await goldenText(new URL('sql/delivery-queue.sql', import.meta.url), found));
  expect(unnamedQueries(DeliveryQueue, Object.keys(all))).toEqual([]);
});
