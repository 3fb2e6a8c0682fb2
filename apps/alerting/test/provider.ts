import type { ServerResponse } from 'node:http';
import { startReceiver, type Behaviour, type Received, type Receiver } from '@interlock/testing';

/** Stand-ins for PagerDuty and Opsgenie, which answer like the real APIs. */
export type Provider = {
  readonly receiver: Receiver;
  /** Who is on call, by schedule. */
  readonly onCall: { [schedule: string]: readonly string[] };
  /** Answers every request with this status instead. */
  fails: number | null;
};

const json = (response: ServerResponse, status: number, body: object): void => {
  response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(body));
};
const urlOf = ({ path }: Received): URL => new URL(path, 'http://provider');

/** `GET /oncalls` with classic paging, 100 entries at most. */
export const startPagerDuty = async (token: string): Promise<Provider> => {
  const behave: Behaviour = (response, request) => {
    const url = urlOf(request);
    if (provider.fails !== null) {
      json(response, provider.fails, { error: { message: 'Internal Server Error', code: 2000 } });
      return;
    }
    if (request.headers.authorization !== `Token token=${token}`) {
      json(response, 401, { error: { message: 'Authentication failed', code: 2006 } });
      return;
    }
    if (
      request.headers.accept !== 'application/vnd.pagerduty+json;version=2' ||
      url.pathname !== '/oncalls'
    ) {
      json(response, 404, { error: { message: 'Not Found', code: 2100 } });
      return;
    }
    const schedule = url.searchParams.get('schedule_ids[]') ?? '';
    const offset = Number(url.searchParams.get('offset') ?? 0);
    const limit = Math.min(100, Number(url.searchParams.get('limit') ?? 25));
    const all = provider.onCall[schedule] ?? [];
    json(response, 200, {
      oncalls: all.slice(offset, offset + limit).map((id) => ({
        user: { id, type: 'user_reference', summary: `Person ${id}`, self: null, html_url: null },
        schedule: { id: schedule, type: 'schedule_reference', summary: 'Primary' },
        escalation_policy: { id: 'PESC', type: 'escalation_policy_reference' },
        escalation_level: 1,
        start: '2026-01-01T00:00:00Z',
        end: '2026-01-08T00:00:00Z',
      })),
      limit,
      offset,
      more: offset + limit < all.length,
      total: null,
    });
  };
  const provider: Provider = { receiver: await startReceiver(behave), onCall: {}, fails: null };
  return provider;
};

/** `GET /v2/schedules/{id}/on-calls?flat=true`. */
export const startOpsgenie = async (key: string): Promise<Provider> => {
  const behave: Behaviour = (response, request) => {
    const url = urlOf(request);
    const took = { took: 0.003, requestId: '00000000-0000-4000-8000-000000000001' };
    if (provider.fails !== null) {
      json(response, provider.fails, { message: 'Internal Server Error', ...took });
      return;
    }
    if (request.headers.authorization !== `GenieKey ${key}`) {
      json(response, 403, { message: 'You are not authorized to perform this action', ...took });
      return;
    }
    const id = /^\/v2\/schedules\/([^/]+)\/on-calls$/.exec(url.pathname)?.[1] ?? '';
    const people = provider.onCall[id];
    if (people === undefined || url.searchParams.get('flat') !== 'true') {
      json(response, 404, { message: `Schedule with id [${id}] is not found`, ...took });
      return;
    }
    json(response, 200, {
      data: { _parent: { id, name: 'Primary', enabled: true }, onCallRecipients: people },
      ...took,
    });
  };
  const provider: Provider = { receiver: await startReceiver(behave), onCall: {}, fails: null };
  return provider;
};
