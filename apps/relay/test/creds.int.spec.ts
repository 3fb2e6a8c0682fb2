import { randomUUID } from 'node:crypto';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { busOperator } from '@interlock/contracts';
import { connectBus } from '@interlock/jetstream';
import {
  busSystemUser,
  makeBusJwts,
  pushAccount,
  resolverText,
  type BusJwts,
} from '@interlock/jetstream/operator';
import { testMetadata } from '@interlock/kernel';
import {
  buildApps,
  memoryBusKeys,
  startLog,
  startNats,
  startPostgres,
  testIssuer,
  until,
  type Parts,
} from '@interlock/testing';
import type { NatsConnection } from 'nats';
import { startRelayProcess } from './relay-process.js';

const dir = mkdtempSync(join(tmpdir(), 'interlock-relay-creds-'));
const credsFile = join(dir, 'relay.creds');
const generations = { SERVICES: [1] };
const stops: (() => Promise<unknown>)[] = [];
let made: BusJwts;
let make: () => Promise<BusJwts>;
let parts: Pick<Parts, 'log' | 'nats' | 'postgres' | 'issuer'>;
let operator: NatsConnection;

const loginOf = (user: string): { readonly creds: string } => ({ creds: made.creds.get(user)! });

beforeAll(async () => {
  const keys = await memoryBusKeys((account) => (account === 'SERVICES' ? generations.SERVICES : [1]));
  make = () => makeBusJwts(keys, []);
  made = await make();
  const [log, postgres] = await Promise.all([startLog(), startPostgres(), buildApps('apps/interlock')]);
  stops.push(
    () => log.stop(),
    () => postgres.stop(),
  );
  const nats = await startNats({
    accounts: resolverText(made, { kind: 'full', dir: join(dir, 'jwt') }),
    operator: loginOf(busOperator),
  });
  stops.push(() => nats.stop());
  parts = { log, postgres, nats, issuer: await testIssuer() };
  operator = await connectBus({ url: nats.url, user: busOperator, ...loginOf(busOperator) });
});
afterAll(async () => {
  await (operator as NatsConnection | undefined)?.close();
  await Promise.all(stops.map((stop) => stop()));
  rmSync(dir, { recursive: true });
});

const write = async (): Promise<void> => {
  await parts.log.store.append(
    'action-demo:creds',
    [{ id: randomUUID(), type: 'Happened', data: {}, metadata: testMetadata({ tenant_id: 'demo' }) }],
    'any',
  );
};
const relayed = async (connection: NatsConnection): Promise<number> =>
  (await (await connection.jetstreamManager()).streams.info('EVENTS')).state.messages;

describe('the relay as a process, on a bus in operator mode', () => {
  it('logs in by its creds file, and again by a new file after its keys were retired', async () => {
    writeFileSync(credsFile, made.creds.get('relay')!);
    const relay = await startRelayProcess(parts, { NATS_CREDS_FILE: credsFile });
    try {
      await write();
      await until(async () => (await relayed(operator)) === 1, 'the event is on the bus');
      const system = await connectBus({
        url: parts.nats.url,
        user: busSystemUser,
        ...loginOf(busSystemUser),
      });
      generations.SERVICES = [2];
      made = await make();
      await operator.close();
      const refusals = (): number => parts.nats.said(/authentication error/g);
      const before = refusals();
      // The servers learn of the new user first. Until its file exists, the relay is refused and
      // keeps trying.
      await pushAccount(
        system,
        made.accounts.find(({ name }) => name === 'SERVICES')!,
        1,
      );
      await system.close();
      operator = await connectBus({ url: parts.nats.url, user: busOperator, ...loginOf(busOperator) });
      await until(() => Promise.resolve(refusals() >= before + 3), 'the relay was refused more than once');
      writeFileSync(credsFile, made.creds.get('relay')!);
      await write();
      await until(async () => (await relayed(operator)) === 2, 'the next event is on the bus');
    } finally {
      await relay.stop();
    }
  });

  it.each([
    ['names no file that can be read', undefined],
    ['names a file that is not a creds file', 'garbage'],
    ['names a file of another user than `relay`', 'audit'],
  ])('does not start where NATS_CREDS_FILE %s', async (said, content) => {
    const file = join(dir, 'other.creds');
    if (content !== undefined) writeFileSync(file, content === 'audit' ? made.creds.get('audit')! : content);
    await expect(startRelayProcess(parts, { NATS_CREDS_FILE: file })).rejects.toThrow(
      `NATS_CREDS_FILE ${said}`,
    );
  });

  it('does not start with creds that the bus refuses', async () => {
    const file = join(dir, 'stranger.creds');
    writeFileSync(file, (await makeBusJwts(await memoryBusKeys(), [])).creds.get('relay')!);
    await expect(startRelayProcess(parts, { NATS_CREDS_FILE: file })).rejects.toThrow(
      'AUTHORIZATION_VIOLATION',
    );
  });
});
