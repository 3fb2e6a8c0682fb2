import { execFile } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { freePort, suiteWhere, until } from '@interlock/testing';
import pg from 'pg';

const run = promisify(execFile);
const root = fileURLToPath(new URL('../../..', import.meta.url));
const project = `interlock-test-${process.pid}`;
/** The containers whose image is ours, without the tasks that have ended. */
const own = [
  'relay',
  'policy-registry',
  'policy-evaluator',
  'digital-twin',
  'budget-ledger',
  'posture',
  'netconf-gateway',
  'agent-gateway',
  'alerting',
  'audit',
  'safety-rails',
  'edge',
  'demo',
  'event-store',
];

suiteWhere(
  describe,
  'The containers of compose',
  process.env['INTERLOCK_CONTAINERS'] === 'true' ? [] : ['container engine here: npm run test:containers'],
  () => {
    let http = '';
    const compose = async (...args: readonly string[]): Promise<string> => {
      const { stdout } = await run('docker', ['compose', '-p', project, '--profile', 'demo', ...args], {
        cwd: root,
        env: { ...process.env, INTERLOCK_PORT: new URL(http).port },
        maxBuffer: 64 * 1024 * 1024,
      });
      return stdout;
    };
    const inspect = async (service: string, format: string): Promise<string> => {
      const id = (await compose('ps', '-q', service)).trim();
      return (await run('docker', ['inspect', '--format', format, id])).stdout.trim();
    };
    const completed = async (): Promise<number> =>
      (await compose('logs', '--no-log-prefix', 'demo'))
        .split('\n')
        .filter((line) => line.includes(' COMPLETED ')).length;
    const up = async (): Promise<void> => {
      const before = await completed();
      await compose('up', '-d');
      await until(
        async () => (await fetch(`${http}/health/ready`)).ok && (await completed()) > before,
        'an action of the demo is completed',
        600_000,
      );
    };

    beforeAll(async () => {
      http = `http://127.0.0.1:${await freePort()}`;
      await compose('build', 'edge');
    });
    afterAll(async () => {
      await compose('down', '--volumes', '--timeout', '5');
    });

    it('start without any setting, and complete an action of the demo', async () => {
      await up();
    });

    it('run as a user without privileges, on a root that nobody can write', async () => {
      const ids = await Promise.all(
        own.map(async (service) => [
          service,
          (await compose('exec', '-T', service, 'id', '-u')).trim(),
          await inspect(service, '{{.HostConfig.ReadonlyRootfs}} {{.HostConfig.CapDrop}}'),
        ]),
      );
      expect(ids).toEqual(own.map((service) => [service, '1000', 'true [ALL]']));
    });

    it('give no service a role that row-level security does not limit', async () => {
      const password = await compose('exec', '-T', 'postgres', 'cat', '/run/interlock/superuser-password');
      const host = await inspect('postgres', '{{range .NetworkSettings.Networks}}{{.IPAddress}}{{end}}');
      const client = new pg.Client({
        host,
        user: 'postgres',
        password: password.trim(),
        database: 'postgres',
      });
      await client.connect();
      try {
        const { rows } = await client.query<{ readonly usename: string; readonly free: boolean }>(
          `select distinct a.usename, r.rolsuper or r.rolbypassrls as free
             from pg_stat_activity a join pg_roles r on r.rolname = a.usename
            where a.datname = 'interlock' and a.usename <> 'postgres' order by 1`,
        );
        expect(rows.length).toBeGreaterThan(5);
        expect(rows.filter(({ free }) => free)).toEqual([]);
      } finally {
        await client.end();
      }
    });

    it('let in each person of the first invitations once', async () => {
      const links = (await compose('exec', '-T', 'edge', 'cat', '/data/state/invitations.txt'))
        .trim()
        .split('\n');
      const [, invitation = ''] = /#invitation=(\S+)$/.exec(links[0] ?? '') ?? [];
      const signIn = (): Promise<Response> =>
        fetch(`${http}/session`, {
          method: 'POST',
          headers: { 'content-type': 'application/json' },
          body: JSON.stringify({ invitation }),
        });
      expect((await signIn()).status).toBe(200);
      expect((await signIn()).status).toBe(401);
    });

    it('go on after `down` and `up`, with the keys, the log and the people that they had', async () => {
      const links = await compose('exec', '-T', 'edge', 'cat', '/data/state/invitations.txt');
      await compose('down', '--timeout', '20');
      await up();
      expect(await compose('exec', '-T', 'edge', 'cat', '/data/state/invitations.txt')).toBe(links);
    });
  },
);
