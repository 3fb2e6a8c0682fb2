import { execFile } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { actionEndTypes } from '@interlock/contracts';
import { actionIdOf } from '@interlock/kernel';
import { commandLine, images, missingContainers, suiteWhere, until } from '@interlock/testing';
import { Compose, docker } from './compose.js';
import { cannotCut, faults } from './compose-faults.js';
import { Load } from './compose-load.js';

const run = promisify(execFile);
const minutes = Number(process.env['INTERLOCK_THREE_MINUTES'] ?? '10');
const faultMs = 8000;
/** Thirty containers share one machine. */
const readyMs = 600_000;
const refusals = '/api/v1/autonomous/intents/rejected?limit=200';
/** What is lost first, so that a short run has one fault of each kind and part. */
const first = [
  'nats',
  'safety-rails-1',
  'netconf-gateway-2',
  'postgres',
  'relay-1',
  'event-store',
  'edge',
  'policy-evaluator-2',
  'nats-3',
];
/** A short run restarts these with a changed configuration, a long one all services. */
const restartedFirst = ['safety-rails', 'netconf-gateway', 'relay'].slice(0, minutes < 1 ? 1 : 3);
const notServices = /^(?:nats|postgres|event-store|edge|demo)/;

suiteWhere(
  describe,
  'Three of everything',
  missingContainers(process.env['INTERLOCK_CONTAINERS'], images.nats, images.postgres),
  () => {
    const stack = new Compose('docker-compose.yml', 'deploy/compose/three.yml');
    const load = new Load(stack);
    const folder = mkdtempSync(join(tmpdir(), 'interlock-three-'));
    /** The services of which a container was killed. */
    const killed = new Set<string>();
    const say = (text: string): void => {
      process.stderr.write(`three: ${text}\n`);
    };

    const ready = (): Promise<unknown> =>
      until(
        async () => {
          const answers = await Promise.all(stack.edges.map((edge) => fetch(`${edge}/health/ready`)));
          return answers.every(({ ok }) => ok);
        },
        'both edges and every service are ready',
        readyMs,
      );
    /** Every intent of the demo that the bus has taken. */
    const asked = async (): Promise<readonly string[]> =>
      (await stack.demoLines('ASKED')).map((words) => actionIdOf('demo', words.at(-1)!));
    const query = (service: string, sql: string): Promise<string> =>
      stack.exec(
        service,
        'sh',
        '-c',
        `PGPASSWORD=$(cat /run/interlock/superuser-password) psql -X -A -t -h 127.0.0.1 -U postgres -d interlock -c "${sql}"`,
      );
    const bus = async (...args: readonly string[]): Promise<{ readonly items: readonly object[] }> => {
      const program = `NATS_PASSWORD=$(cat $NATS_PASSWORD_FILE) exec node /app/apps/cli/run/main.js bus ${args.join(' ')} --json`;
      const alone = ['run', '--rm', '--no-deps', '-T', '--entrypoint', 'sh'];
      return JSON.parse(await stack.run(...alone, 'prepare', '-c', program)) as {
        readonly items: readonly object[];
      };
    };

    beforeAll(async () => {
      stack.settings['DEMO_EVERY_S'] = '6';
      await stack.prepare();
      await stack.run('up', '-d');
      await until(
        async () => (await stack.demoLines('COMPLETED')).length > 0,
        'an action of the demo is completed',
        readyMs,
      );
      load.start();
    });
    afterAll(async () => {
      await load.stop();
      await stack.down();
      rmSync(folder, { recursive: true, force: true });
    });

    it('keeps every stream of the bus on three servers, and changes that on request', async () => {
      expect((await bus('plan', '--replicas', '3')).items).toEqual([]);
      const { items } = await bus('plan', '--replicas', '1');
      expect(items.map((item) => (item as { readonly stream: string }).stream)).toEqual(
        expect.arrayContaining(['INTENTS', 'EVENTS', 'KV_interlock_relay', 'KV_interlock_relay_checkpoint']),
      );
    });

    it('runs two of every service', async () => {
      const containers = (await stack.containers()).map((name) => stack.short(name));
      const services = [...new Set(containers.map((name) => name.replace(/-\d+$/, '')))].filter(
        (name) => !notServices.test(name),
      );
      expect(services.length).toBeGreaterThan(10);
      for (const name of services)
        expect(containers).toEqual(expect.arrayContaining([`${name}-1`, `${name}-2`]));
    });

    it(`goes on while containers are killed, paused and cut off for ${minutes} minutes`, async () => {
      const cutless = await cannotCut();
      if (cutless !== undefined) say(`no container is cut off: ${cutless}`);
      const kinds = (['killed', 'paused', 'cut off'] as const).filter(
        (kind) => kind !== 'cut off' || cutless === undefined,
      );
      const all = (await stack.containers()).map((name) => stack.short(name));
      const known = first.flatMap((name) => all.find((one) => one === name || one === `${name}-1`) ?? []);
      const order = [...known, ...all.filter((name) => !known.includes(name))];
      const endsAt = performance.now() + minutes * 60_000;
      let number = 0;
      for (; performance.now() < endsAt || number < kinds.length; number += 1) {
        const name = order[number % order.length]!;
        // In the second round each container has another fault.
        const kind = kinds[(number + Math.floor(number / order.length)) % kinds.length]!;
        const container = (await stack.containers()).find((one) => stack.short(one) === name)!;
        if (kind === 'killed') killed.add(name.replace(/-\d+$/, ''));
        const end = await faults[kind]!(container);
        await delay(faultMs);
        await end();
        const began = performance.now();
        await ready();
        say(`${name} was ${kind}; ready ${Math.round((performance.now() - began) / 100) / 10} s after it`);
      }
      expect(load.odd).toEqual([]);
    });

    it('takes a changed configuration, one instance after the other', async () => {
      stack.settings['DATABASE_POOL_MAX'] = '10';
      const services = [
        ...new Set((await stack.containers()).map((name) => stack.short(name).replace(/-\d+$/, ''))),
      ].filter((name) => !notServices.test(name) && (minutes > 2 || restartedFirst.includes(name)));
      for (const service of services) {
        for (const old of await stack.containers(service)) {
          await docker('stop', '--time', '30', old);
          // On a slow machine the time may be over before it has left.
          if ((await docker('inspect', '--format', '{{.State.ExitCode}}', old)) === '137')
            killed.add(service);
          await docker('rm', old);
          const others = await stack.containers(service);
          await stack.run('up', '-d', '--no-deps', '--no-recreate', service);
          const fresh = (await stack.containers(service)).find((name) => !others.includes(name))!;
          await until(
            () => docker('exec', fresh, 'node', '/app/apps/interlock/run/health.js').then(() => true),
            `${fresh} is ready`,
            readyMs,
          );
        }
        for (const instance of await stack.containers(service))
          expect(await docker('inspect', '--format', '{{.Config.Env}}', instance)).toContain(
            'DATABASE_POOL_MAX=10',
          );
      }
      await ready();
      expect(load.odd).toEqual([]);
    });

    it('follows every write of Postgres in the standby', async () => {
      expect(await query('postgres-standby', 'select pg_is_in_recovery()')).toBe('t');
      const written = await query('postgres', 'select pg_current_wal_lsn()');
      await until(
        async () =>
          (await query('postgres-standby', `select pg_last_wal_replay_lsn() >= '${written}'`)) === 't',
        'the standby has what the primary had',
      );
    });

    it('goes on with the standby where the primary is lost for good', async () => {
      await stack.run('kill', 'postgres');
      await stack.exec('postgres-standby', 'sh', '/etc/postgres/promote.sh');
      const [standby = ''] = await stack.containers('postgres-standby');
      const network = await docker(
        ...[
          'inspect',
          '--format',
          '{{range $name, $_ := .NetworkSettings.Networks}}{{$name}}{{end}}',
          standby,
        ],
      );
      await docker('network', 'disconnect', network, standby);
      await docker(
        'network',
        'connect',
        '--alias',
        'postgres',
        '--alias',
        'postgres-standby',
        network,
        standby,
      );
      expect(await query('postgres-standby', 'select pg_is_in_recovery()')).toBe('f');
      await ready();
      const { length } = load.accepted;
      await until(() => load.accepted.length > length, 'an intent is accepted');
      expect(load.odd).toEqual([]);
    });

    it('stops by the kill switch, whose receipt names an executor that cannot be reached', async () => {
      type Executor = { readonly service: string; readonly instance: string; readonly answered: boolean };
      type Receipt = { readonly by: unknown; readonly executors: readonly Executor[] };
      const engage = async (): Promise<Receipt> => {
        const body = { scope: 'tenant', engaged: true, reason: 'a drill of the tests' };
        const receipt = await load.surely('POST', '/api/v1/autonomous/kill-switch', body);
        return { by: receipt['acknowledged_by'], executors: receipt['executors'] as readonly Executor[] };
      };
      const silent = ({ executors }: Receipt): readonly Executor[] =>
        executors.filter(({ answered }) => !answered);
      const [gateway = ''] = await stack.containers('netconf-gateway');
      await docker('pause', gateway);
      const paused = await engage().finally(() => docker('unpause', gateway));
      expect(paused.by).toBe('time');
      expect(paused.executors.length).toBeGreaterThan(3);
      const unreached = silent(paused).filter(({ service }) => service === 'netconf-gateway');
      expect(unreached.length).toBeGreaterThan(0);
      await until(async () => {
        const receipt = await engage();
        const named = silent(receipt);
        const isNamed = ({ instance }: Executor): boolean => named.some((one) => one.instance === instance);
        // A killed executor never said that it leaves. It is named until its registration expires.
        return (
          receipt.by === (named.length === 0 ? 'executors' : 'time') &&
          named.every(({ service }) => killed.has(service)) &&
          !unreached.every(isNamed)
        );
      }, 'all executors that live acknowledge');
    });

    it('brings every accepted intent to exactly one end, and no device keeps a tentative change', async () => {
      await load.stop();
      const published = await asked();
      await load.taken(published).catch(async (error: unknown) => {
        say(`${published.length} were published: ${(error as Error).message}`);
        say(`refused: ${JSON.stringify(await load.surely('GET', refusals))}`);
        const streams = 'http://127.0.0.1:8222/jsz?streams=true&consumers=true&config=true';
        say(await stack.exec('nats', 'wget', '-q', '-O', '-', streams));
        const logs = (await stack.run('logs', '--no-log-prefix', 'safety-rails')).split('\n');
        const grave = logs.filter((line) => /"level":[56]0/.test(line));
        say(grave.slice(-50).join('\n'));
        throw error;
      });
      const ids = [...load.accepted, ...published];
      const ends = await load.ended(ids);
      const states = Object.groupBy(ends.values(), (state) => state);
      say(
        `${ids.length} intents: ${Object.entries(states)
          .map(([state, of]) => `${of?.length} ${state}`)
          .join(', ')}`,
      );
      expect(new Set(ids).size).toBe(ids.length);
      expect(states['COMPLETED']?.length).toBeGreaterThan(0);
      const look = `const key = require('fs').readFileSync('/data/state/simulator/key', 'utf8');
        const at = 'http://127.0.0.1:8299/' + key;
        (async () => {
          const { devices } = await (await fetch(at + '/devices')).json();
          const all = await Promise.all(devices.map(async ({ device_id: id }) => (await fetch(at + '/devices/' + id + '/running')).json()));
          console.log(JSON.stringify(all.map(({ tentative }) => tentative)));
        })()`;
      await until(async () => {
        const tentative = JSON.parse(await stack.exec('demo', 'node', '-e', look)) as readonly boolean[];
        return tentative.length > 0 && tentative.every((one) => !one);
      }, 'no device is tentative');

      const [token, file, key] = ['token', 'log.ndjson', '1.vkey'].map((name) => join(folder, name));
      writeFileSync(token!, await stack.token('auditor'), { mode: 0o600 });
      writeFileSync(key!, await stack.exec('audit', 'cat', '/data/keys/1.vkey'));
      const cli = (...args: readonly string[]) =>
        run(
          process.execPath,
          [commandLine, '--url', stack.edges[0], '--token-file', token!, 'audit', ...args],
          { maxBuffer: 256 * 1024 * 1024 },
        );
      await cli('export', '-o', file!);
      await cli('verify', file!, '--key', key!);
      type Line = { readonly stream: string; readonly type: string; readonly data: object };
      const lines = readFileSync(file!, 'utf8')
        .trim()
        .split('\n')
        .map((line) => JSON.parse(line) as Line);
      const ofType = (type: RegExp, stream: string): number =>
        lines.filter((line) => line.stream === stream && type.test(line.type)).length;
      const accepted = /^IntentAccepted$/;
      const ended = new RegExp(`^(?:${actionEndTypes.join('|')})$`);
      expect(
        ids.filter((id) => {
          const stream = `action-demo:${id}`;
          return ofType(accepted, stream) !== 1 || ofType(ended, stream) !== 1;
        }),
      ).toEqual([]);
    });
  },
);
