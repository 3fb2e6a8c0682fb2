import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { setImmediate as turn } from 'node:timers/promises';
import { afterEach, describe, expect, it } from '@jest/globals';
import type { Answer } from '@interlock/api-types';
import { apiAs, type Api } from '../src/demo/api.js';
import { playDemo, type After } from '../src/demo/play.js';
import { demoScript, seeded } from '../src/demo/script.js';

type Incidents = Answer<'/api/v1/incidents', 'get'>;
type Incident = Incidents['items'][number];

const cells = ['cell-001-1', 'cell-002-1', 'cell-003-1', 'cell-004-1'] as const;
const crowded = cells[3];
const minute = 60_000;
const at = '2026-11-20T08:00:00.000Z';

const incidentOn = (entity: string, n: number): Incident => ({
  id: `0198c0de-0000-5000-8000-${String(n).padStart(12, '0')}`,
  tenant_id: 'demo',
  status: 'open',
  severity: 'high',
  name: 'action_rolled_back',
  title: `an action was rolled back: \`cell_failover\` on \`${entity}\``,
  detail: 'a KPI left its predicted interval',
  action_id: null,
  entity_id: entity,
  fingerprint: null,
  fired: 1,
  cause: {},
  acknowledged_by: null,
  note: null,
  position: `${n}`,
  links: [],
  stands: false,
  opened_at: at,
  updated_at: at,
});

const servers: Server[] = [];
afterEach(() => {
  for (const server of servers.splice(0)) server.close();
});

/** The routes of incidents, with the alerting service's answers; with `broken` all answer 500. */
const serveIncidents = async (
  broken = false,
): Promise<{ readonly api: Api; readonly incidents: Incident[] }> => {
  const incidents: Incident[] = [];
  const server = createServer((request, response) => {
    const url = new URL(request.url ?? '', 'http://stand-in');
    const send = (status: number, body: object): void => {
      response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(body));
    };
    request.resume().on('end', () => {
      if (broken) return send(500, { code: 'internal-error', detail: 'something went wrong' });
      if (request.method === 'GET' && url.pathname === '/api/v1/incidents') {
        const wanted = url.searchParams.get('status');
        const items = incidents.filter(({ status }) => wanted === null || status === wanted);
        return send(200, { items, next: null, server_time: at } satisfies Incidents);
      }
      const id = /^\/api\/v1\/incidents\/([^/]+)\/resolve$/.exec(url.pathname)?.[1];
      const i = incidents.findIndex((one) => one.id === id);
      if (request.method !== 'POST' || id === undefined || i === -1)
        return send(404, { code: 'not-found', detail: `there is no incident \`${id}\`` });
      incidents[i] = { ...incidents[i]!, status: 'resolved' };
      return send(200, { id, status: 'resolved', position: null } satisfies Answer<
        '/api/v1/incidents/{id}/resolve',
        'post'
      >);
    });
  });
  servers.push(server);
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const http = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  const issuer = { token: () => Promise.resolve('token') };
  return { api: apiAs(http, issuer, { sub: 'demo-author', kind: 'person' }), incidents };
};

/**
 * A route whose change needs as many people as given. It answers 202 until they have approved.
 */
const serveChange = async (
  required: number,
): Promise<{ readonly http: string; readonly consents: readonly string[] }> => {
  const consents: string[] = [];
  const server = createServer((request, response) => {
    request.resume().on('end', () => {
      if (request.method === 'POST') consents.push(request.headers.authorization ?? '');
      const status = consents.length < required ? 'open' : 'applied';
      const isOpen = request.method !== 'POST' && status === 'open';
      response
        .writeHead(isOpen ? 202 : 200, { 'content-type': 'application/json' })
        .end(JSON.stringify({ change_id: 'c1', digest: 'd1', status }));
    });
  });
  servers.push(server);
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return { http: `http://127.0.0.1:${(server.address() as AddressInfo).port}`, consents };
};

const namedTokens = { token: ({ sub }: { readonly sub: string }) => Promise.resolve(sub) };

describe('a change of the demo', () => {
  it.each([1, 2, 3])('is approved by %i different people', async (required) => {
    const { http, consents } = await serveChange(required);
    const program = apiAs(http, namedTokens, { sub: 'ran-optimizer', kind: 'service' });
    await program('put', '/api/v1/autonomy/budget', { body: {} });
    expect(new Set(consents).size).toBe(required);
    expect(consents).toHaveLength(required);
  });

  it('is not a success while it is open', async () => {
    const { http } = await serveChange(9);
    const author = apiAs(http, namedTokens, { sub: 'demo-author', kind: 'person' });
    await expect(author('put', '/api/v1/autonomy/budget', { body: {} })).rejects.toThrow(/c1 is open/);
  });
});

/** A clock that stands still until `run` moves it from one due time to the next. */
const virtualClock = (): {
  readonly now: () => number;
  readonly after: After;
  readonly run: (untilMs: number, settled: () => Promise<void>) => Promise<void>;
} => {
  let now = 0;
  let due: { readonly at: number; readonly work: () => void }[] = [];
  return {
    now: () => now,
    after: (ms, work) => {
      const one = { at: now + ms, work };
      due.push(one);
      return () => {
        due = due.filter((other) => other !== one);
      };
    },
    run: async (untilMs, settled) => {
      for (;;) {
        const [next] = due.toSorted((a, b) => a.at - b.at);
        if (next === undefined || next.at > untilMs) break;
        due = due.filter((other) => other !== next);
        now = next.at;
        next.work();
        await settled();
      }
      now = untilMs;
    },
  };
};

type Taken = { readonly at_s: number; readonly cell: string };

/**
 * Plays ten minutes. Each action on the crowded cell, and each surprised action, is rolled back and
 * opens an incident.
 */
const playTenMinutes = async (
  seed: number,
  broken = false,
): Promise<{ readonly asked: Taken[]; readonly incidents: Incident[]; readonly failures: string[] }> => {
  const { api, incidents } = await serveIncidents(broken);
  const clock = virtualClock();
  const asked: Taken[] = [];
  const failures: string[] = [];
  const surprised = new Set<string>();
  const stop = playDemo({
    script: demoScript(cells, seeded(seed)),
    api,
    after: clock.after,
    failed: (what, error) => failures.push(`${what}: ${String(error)}`),
    optimizer: {
      cells,
      repair: () => Promise.resolve(),
      surprise: (cell) => {
        surprised.add(cell);
        return Promise.resolve();
      },
      ask: (cell) => {
        asked.push({ at_s: clock.now() / 1000, cell });
        if (cell === crowded || surprised.delete(cell))
          incidents.push(incidentOn(cell, incidents.length + 1));
        return Promise.resolve('');
      },
    },
  });
  let expected = 0;
  await clock.run(10 * minute, async () => {
    expected += 1;
    while (asked.length < expected) await turn();
  });
  stop();
  return { asked, incidents, failures };
};

const schedule = [5, 10, 15, 20, 25, ...Array.from({ length: 11 }, (_, i) => 135 + i * 45)];

describe('ten minutes of the demo', () => {
  it.each([1, 7, 42])(
    'asks for an action at each of its times and closes its incidents (seed %i)',
    async (seed) => {
      const { asked, incidents, failures } = await playTenMinutes(seed);
      expect(failures).toEqual([]);
      expect(asked.map(({ at_s }) => at_s)).toEqual(schedule);
      expect(asked.slice(0, 4).map(({ cell }) => cell)).toEqual(cells);
      expect(incidents.length).toBeGreaterThan(0);
      expect(incidents.filter(({ status }) => status === 'open')).toEqual([]);
    },
  );

  it('continues and reports the failure if incidents cannot be closed', async () => {
    const { asked, failures } = await playTenMinutes(7, true);
    expect(asked.map(({ at_s }) => at_s)).toEqual(schedule);
    expect(failures).toHaveLength(11);
    expect(failures[0]).toContain('GET /api/v1/incidents?status=open&limit=50 answered 500');
  });
});
