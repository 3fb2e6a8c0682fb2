import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { busStreams } from '@interlock/contracts';
import {
  commandLine,
  containerStartMs,
  images,
  loadTestcontainers,
  missingContainers,
  suiteWhere,
  until,
} from '@interlock/testing';
import { connect, type NatsConnection } from 'nats';
import { faults } from './compose-faults.js';

type Network = InstanceType<Awaited<ReturnType<typeof loadTestcontainers>>['StartedNetwork']>;

const run = promisify(execFile);
const names = ['bus-1', 'bus-2', 'bus-3'];
const configOf = (name: string): string => `
  server_name: ${name}
  port: 4222
  http_port: 8222
  jetstream { store_dir: /tmp/jetstream, max_file_store: 1GB }
  cluster { name: interlock, port: 6222, routes: [${names.map((each) => `"nats://${each}:6222"`).join(', ')}] }
`;

suiteWhere(
  describe,
  'A cluster of three nats-servers',
  missingContainers(process.env['INTERLOCK_CONTAINERS'], images.nats),
  () => {
    type Server = Awaited<ReturnType<typeof startServer>>;
    const started: Server[] = [];
    let servers: readonly Server[] = [];
    let stopNetwork: () => Promise<void> = () => Promise.resolve();
    let connection: NatsConnection;

    const startServer = async (name: string, network: Network) => {
      const { GenericContainer, Wait } = await loadTestcontainers();
      return new GenericContainer(images.nats)
        .withNetwork(network)
        .withNetworkAliases(name)
        .withCopyContentToContainer([{ content: configOf(name), target: '/tmp/nats.conf' }])
        .withCommand(['--config', '/tmp/nats.conf'])
        .withExposedPorts(4222, 8222)
        .withWaitStrategy(Wait.forHttp('/healthz', 8222))
        .withStartupTimeout(containerStartMs)
        .start();
    };
    const addressOf = (server: Server): string => `nats://${server.getHost()}:${server.getMappedPort(4222)}`;
    const bus = async (...args: readonly string[]): Promise<readonly { readonly stream: string }[]> => {
      const { stdout } = await run(process.execPath, [commandLine, 'bus', ...args, '--json'], {
        env: { ...process.env, NODE_OPTIONS: '', NATS_URL: addressOf(servers[0]!), NATS_PASSWORD: 'unused' },
      });
      return (JSON.parse(stdout) as { readonly items: readonly { readonly stream: string }[] }).items;
    };
    const replicas = async (): Promise<readonly (readonly [string, number])[]> => {
      const manager = await connection.jetstreamManager();
      const streams = await manager.streams.list().next();
      return streams.map(({ config }) => [config.name, config.num_replicas] as const);
    };

    beforeAll(async () => {
      const { Network } = await loadTestcontainers();
      const network = await new Network().start();
      stopNetwork = async () => {
        await network.stop();
      };
      servers = await Promise.all(
        names.map(async (name) => {
          const server = await startServer(name, network);
          started.push(server);
          return server;
        }),
      );
      connection = await connect({
        servers: servers.map(addressOf),
        ignoreClusterUpdates: true,
        maxReconnectAttempts: -1,
        reconnectTimeWait: 100,
        pingInterval: 1000,
      });
    });
    afterAll(async () => {
      await connection?.close();
      await Promise.all(started.map((server) => server.stop()));
      await stopNetwork();
    });

    it("brings every stream and the relay's buckets from one server to three", async () => {
      await bus('apply', '--replicas', '1');
      // As a relay of an earlier version made them.
      for (const bucket of ['interlock_relay', 'interlock_relay_checkpoint'])
        await connection.jetstream().views.kv(bucket, { history: 1 });
      expect((await bus('plan', '--replicas', '3')).length).toBe(busStreams.length + 2);
      await bus('apply', '--replicas', '3');
      expect(await bus('plan', '--replicas', '3')).toEqual([]);
      // A list of the cluster leaves out the streams that are just electing a leader.
      const kept = await until(async () => {
        const listed = await replicas();
        return listed.length === busStreams.length + 2 && listed;
      }, 'each stream has a leader');
      expect(kept.filter(([, of]) => of !== 3)).toEqual([]);
    });

    it('takes messages and keeps what it took while any one server is away', async () => {
      const stream = connection.jetstream();
      const taken: number[] = [];
      const publish = (n: number): Promise<unknown> =>
        until(async () => {
          const { seq } = await stream.publish('interlock.events.action.Test.demo', `${n}`, {
            msgID: `m${n}`,
          });
          taken.push(seq);
          return true;
        }, `message ${n} is taken`);
      for (const [at, server] of servers.entries()) {
        await publish(2 * at);
        const resume = await faults.paused(server.getId());
        await publish(2 * at + 1).finally(resume);
      }
      await until(async () => {
        const { state } = await (await connection.jetstreamManager()).streams.info('EVENTS');
        return state.messages === 2 * servers.length;
      }, 'EVENTS has each message once');
      expect(new Set(taken).size).toBe(2 * servers.length);
    });
  },
);
