import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { images, missingContainers, suiteWhere, until } from '@interlock/testing';
import pg from 'pg';
import { Compose } from './compose.js';

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
  missingContainers(process.env['INTERLOCK_CONTAINERS'], images.nats, images.postgres),
  () => {
    const stack = new Compose('docker-compose.yml');
    const restored = new Compose('docker-compose.yml');
    const backups = mkdtempSync(join(tmpdir(), 'interlock-backups-'));
    const up = async (of = stack, ends = ['COMPLETED']): Promise<void> => {
      const began = performance.now();
      await of.run('up', '-d');
      await until(
        async () =>
          (await fetch(`${of.edges[0]}/health/ready`)).ok &&
          (await Promise.all(ends.map((end) => of.demoLines(end)))).flat().length > 0,
        `an action of the demo is ${ends.join(' or ')}`,
        600_000,
      );
      const seconds = Math.round((performance.now() - began) / 1000);
      process.stderr.write(`compose: ${seconds} s from \`up\` to the first ${ends.join(' or ')} action\n`);
    };

    beforeAll(async () => {
      await stack.prepare();
      await restored.prepare();
      stack.settings['BACKUP_DIR'] = backups;
      restored.settings['BACKUP_DIR'] = backups;
    });
    afterAll(async () => {
      await stack.down();
      await restored.down();
      rmSync(backups, { recursive: true, force: true });
    });

    it('start without any setting, and complete an action of the demo', async () => {
      await up();
    });

    it('run as a user without privileges, on a root that nobody can write', async () => {
      const ids = await Promise.all(
        own.map(async (service) => [
          service,
          await stack.exec(service, 'id', '-u'),
          await stack.inspect(service, '{{.HostConfig.ReadonlyRootfs}} {{.HostConfig.CapDrop}}'),
        ]),
      );
      expect(ids).toEqual(own.map((service) => [service, '1000', 'true [ALL]']));
    });

    it('give no service a role that row-level security does not limit', async () => {
      const password = await stack.exec('postgres', 'cat', '/run/interlock/superuser-password');
      const host = await stack.inspect(
        'postgres',
        '{{range .NetworkSettings.Networks}}{{.IPAddress}}{{end}}',
      );
      const client = new pg.Client({
        host,
        user: 'postgres',
        password,
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

    it('are found in order by `interlock doctor`, as the documents run it', async () => {
      const doctor = ['node', '/app/apps/cli/run/main.js', 'doctor', '--service', 'audit', '--json'];
      // A check that fails ends the command with 1, and is named in its output all the same.
      const output = await stack
        .exec('audit', ...doctor)
        .catch((error: unknown) => (error as { readonly stdout: string }).stdout);
      const { items } = JSON.parse(output) as {
        readonly items: readonly { readonly name: string; readonly status: string }[];
      };
      expect(items.length).toBeGreaterThan(20);
      expect(items.filter(({ status }) => status === 'failed')).toEqual([]);
      expect(items.find(({ name }) => name === 'postgres prepared')).toMatchObject({ status: 'ok' });
    });

    it('let in each person of the first invitations once', async () => {
      const links = (await stack.exec('edge', 'cat', '/data/state/invitations.txt')).split('\n');
      const [, invitation = ''] = /#invitation=(\S+)$/.exec(links[0] ?? '') ?? [];
      const signIn = (): Promise<Response> =>
        fetch(`${stack.edges[0]}/session`, {
          method: 'POST',
          headers: { 'content-type': 'application/json', 'x-interlock-console': '1' },
          body: JSON.stringify({ invitation }),
        });
      expect((await signIn()).status).toBe(200);
      expect((await signIn()).status).toBe(401);
    });

    it('go on after `down` and `up`, with the keys, the log and the people that they had', async () => {
      const links = await stack.exec('edge', 'cat', '/data/state/invitations.txt');
      // The script's second executed action has a window of 30 s. An action that `down` cuts off is
      // rolled back, and with that the demo would rightly ask people from then on.
      const completed = () => stack.demoLines('COMPLETED');
      await until(async () => (await completed()).length > 1, 'nothing of the demo is under way', 600_000);
      await stack.run('down', '--timeout', '20');
      await up();
      expect(await stack.exec('edge', 'cat', '/data/state/invitations.txt')).toBe(links);
    });

    const operate = (of: Compose, ...args: readonly string[]): Promise<string> =>
      of.run('run', '--rm', '-T', 'operator', ...args);
    const engaged = ['kill-switch', 'status', '--json'] as const;

    it('are backed up while they run, and restored into new volumes, where the log verifies', async () => {
      const person = ['--tenant', 'demo', '--as', 'ann@example.net'] as const;
      const reason = ['--reason', 'a reason of Ann'] as const;
      await operate(stack, ...person, 'kill-switch', 'engage', '--account', 'acme', '--force', ...reason);
      await operate(stack, 'backup', '/backups/night', '--keys', '/backups/people-key');
      const links = await stack.exec('edge', 'cat', '/data/state/invitations.txt');
      const before = await operate(stack, '--tenant', 'demo', ...engaged);
      await stack.down();

      await operate(restored, 'restore', '/backups/night', '--keys', '/backups/people-key');
      // What the backup found under way is rolled back, so people decide on the actions after it.
      await up(restored, ['COMPLETED', 'DENIED']);
      expect(await restored.exec('edge', 'cat', '/data/state/invitations.txt')).toBe(links);
      expect(await operate(restored, '--tenant', 'demo', ...engaged)).toBe(before);
      const texts = ['--tenant', 'demo', '--as', 'dpo@example.net', 'privacy', 'export', 'ann@example.net'];
      expect(await operate(restored, ...texts)).toContain('a reason of Ann');
      const mirror = ['--mirror', '/made/home/audit/mirror'];
      const verify = ['--tenant', '_system', 'audit', 'verify', '--whole', '--json', ...mirror];
      expect(JSON.parse(await operate(restored, ...verify))).toMatchObject({ verified: true });
    });
  },
);
