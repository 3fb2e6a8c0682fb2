import 'reflect-metadata';
import { afterAll, afterEach, beforeAll, describe, expect, it } from '@jest/globals';
import { context, ROOT_CONTEXT, trace, TraceFlags } from '@opentelemetry/api';
import { AsyncLocalStorageContextManager } from '@opentelemetry/context-async-hooks';
import type { INestMicroservice, Type } from '@nestjs/common';
import { MessagePattern, Payload } from '@nestjs/microservices';
import { ProblemError } from '@interlock/kernel';
import type { ModeRequest } from '@interlock/contracts';
import type { NatsConnection } from 'nats';
import { atThisPace, until } from '@interlock/testing';
import { of } from 'rxjs';
import { RpcClient } from '../src/index.js';
import { startBusProcess, type BusProcess } from './bus-process.js';
import { recordingLogger, startNest } from './nest-service.js';

let bus: BusProcess;
let serving: NatsConnection;
let calling: NatsConnection;
let client: RpcClient;
const apps: INestMicroservice[] = [];
beforeAll(async () => {
  context.setGlobalContextManager(new AsyncLocalStorageContextManager().enable());
  bus = await startBusProcess();
  serving = await bus.connect();
  calling = await bus.connect();
  client = new RpcClient(calling, { caller: 'safety-rails' });
});
afterEach(async () => {
  for (const app of apps.splice(0)) await app.close();
});
afterAll(async () => {
  await bus.stop();
  context.disable();
});

const request: ModeRequest = { tenant_id: 'demo', account_id: 'ran', action_type: 'cell_failover' };
const answer = (explanation: string) => ({
  mode: 'AUTO_EXECUTE',
  matched_level: 1,
  reason: null,
  explanation,
  policy_clause: '',
  time_zone: 'UTC',
  version: '1',
});
/** A controller whose one method serves `budget-ledger.mode`. */
const serves = (handler: (request: ModeRequest) => unknown): Type => {
  class Modes {
    mode(given: ModeRequest): unknown {
      return handler(given);
    }
  }
  MessagePattern({ rpc: 'budget-ledger.mode' })(
    Modes.prototype,
    'mode',
    Object.getOwnPropertyDescriptor(Modes.prototype, 'mode')!,
  );
  Payload()(Modes.prototype, 'mode', 0);
  return Modes;
};
const start = async (
  handler: (request: ModeRequest) => unknown,
  over: Parameters<typeof startNest>[3] = {},
): Promise<void> => {
  apps.push(await startNest(serving, 'budget-ledger', [serves(handler)], over));
};

describe('request and reply', () => {
  it('brings the request to the handler and its answer back', async () => {
    await start((given) => answer(`${given.account_id} of ${given.tenant_id}`));
    expect(await client.call('budget-ledger.mode', request)).toEqual(answer('ran of demo'));
  });

  it('takes answers from observables, and null for none', async () => {
    await start((given) => (given.account_id === 'none' ? undefined : of(answer('observed'))));
    expect(await client.call('budget-ledger.mode', request)).toEqual(answer('observed'));
    expect(await client.call('budget-ledger.mode', { ...request, account_id: 'none' })).toBeNull();
  });

  it('brings a problem back with all its members', async () => {
    await start(() => {
      throw new ProblemError('not-current', 'the index is behind', {
        title: 'behind',
        remedy: 'wait',
        members: { lag: 7 },
        violations: [{ pointer: '/account_id', detail: 'is odd' }],
      });
    });
    const error: unknown = await client.call('budget-ledger.mode', request).catch((e: unknown) => e);
    expect(error).toBeInstanceOf(ProblemError);
    expect(error).toMatchObject({
      code: 'not-current',
      title: 'behind',
      detail: 'the index is behind',
      remedy: 'wait',
      violations: [{ pointer: '/account_id', detail: 'is odd' }],
      members: { service: 'budget-ledger', lag: 7 },
    });
  });

  it('keeps to itself what an unexpected error says', async () => {
    const logger = recordingLogger();
    await start(() => Promise.reject(new Error('password is 123')), { logger });
    const error: unknown = await client.call('budget-ledger.mode', request).catch((e: unknown) => e);
    expect(error).toMatchObject({ code: 'internal-error' });
    expect(JSON.stringify(error)).not.toContain('123');
    expect(logger.lines).toMatchObject([{ level: 'error', facts: { rpc: 'budget-ledger.mode' } }]);
  });

  it('answers a request that is not JSON, and one whose answer is too large', async () => {
    await start(() => answer('x'.repeat(1_200_000)));
    const reply = await calling.request('interlock.rpc.budget-ledger.mode.safety-rails', 'not json', {
      timeout: atThisPace(2000),
    });
    expect(reply.json()).toMatchObject({ problem: { code: 'malformed-json' } });
    await expect(client.call('budget-ledger.mode', request)).rejects.toMatchObject({
      code: 'internal-error',
      detail: expect.stringContaining('too large'),
    });
  });

  it('says that a service is unreachable where nobody serves the command', async () => {
    await expect(client.call('posture.posture', { tenant_id: 'demo' })).rejects.toMatchObject({
      code: 'service-unreachable',
      members: { service: 'posture' },
      detail: expect.stringContaining('it is down: no instance'),
    });
  });

  it('says that a service is unreachable where no answer comes within the deadline', async () => {
    let release = (): void => undefined;
    const wait = new Promise<void>((resolve) => {
      release = resolve;
    });
    await start(async () => {
      await wait;
      return answer('late');
    });
    await expect(client.call('budget-ledger.mode', request, { deadlineMs: 50 })).rejects.toMatchObject({
      code: 'service-unreachable',
      detail: expect.stringContaining('it is slow, no answer within 50 ms'),
    });
    release();
  });

  it('refuses a request that is too large for the bus', async () => {
    await start(() => answer(''));
    await expect(
      client.call('budget-ledger.mode', { ...request, account_id: 'x'.repeat(1_200_000) }),
    ).rejects.toMatchObject({ code: 'payload-too-large' });
  });

  it('shares the work between the instances of a service', async () => {
    const counts = [0, 0];
    for (const i of [0, 1])
      await start(() => {
        counts[i]! += 1;
        return answer(`${i}`);
      });
    await Promise.all(Array.from({ length: 60 }, () => client.call('budget-ledger.mode', request)));
    expect(counts[0]! + counts[1]!).toBe(60);
    expect(Math.min(...counts)).toBeGreaterThan(0);
  });

  it('finishes the answers that are under way when it stops', async () => {
    let release = (): void => undefined;
    const wait = new Promise<void>((resolve) => {
      release = resolve;
    });
    let begun = false;
    await start(async () => {
      begun = true;
      await wait;
      return answer('finished');
    });
    const pending = client.call('budget-ledger.mode', request);
    await until(() => begun, 'the handler to begin');
    const closed = apps.pop()!.close();
    release();
    expect(await pending).toMatchObject({ explanation: 'finished' });
    await closed;
  });

  it('carries the trace of the caller into the handler', async () => {
    let seen: string | undefined;
    await start(() => {
      seen = trace.getSpanContext(context.active())?.traceId;
      return answer('');
    });
    const traceId = '0af7651916cd43dd8448eb211c80319c';
    const caller = trace.setSpanContext(ROOT_CONTEXT, {
      traceId,
      spanId: 'b7ad6b7169203331',
      traceFlags: TraceFlags.SAMPLED,
    });
    await context.with(caller, () => client.call('budget-ledger.mode', request));
    expect(seen).toBe(traceId);
  });

  it('reports each answer to the metrics', async () => {
    const answers: [string, boolean][] = [];
    await start(
      (given) => {
        if (given.account_id === 'bad') throw new ProblemError('wrong-state', 'no');
        return answer('');
      },
      {
        metrics: {
          onAnswered: (name, ok) => answers.push([name, ok]),
        },
      },
    );
    await client.call('budget-ledger.mode', request);
    await client.call('budget-ledger.mode', { ...request, account_id: 'bad' }).catch(() => undefined);
    expect(answers).toEqual([
      ['budget-ledger.mode', true],
      ['budget-ledger.mode', false],
    ]);
  });

  it('fails what is pending at once when the connection breaks, and works again afterwards', async () => {
    let hold = true;
    let begun = 0;
    await start(async () => {
      begun += 1;
      await until(() => !hold, 'release');
      return answer('back');
    });
    const pending = client.call('budget-ledger.mode', request, { deadlineMs: 60_000 });
    await until(() => begun === 1, 'the handler to begin');
    await bus.kill();
    await expect(pending).rejects.toMatchObject({
      code: 'service-unreachable',
      members: { service: 'budget-ledger' },
    });
    await expect(client.call('budget-ledger.mode', request, { deadlineMs: 60_000 })).rejects.toMatchObject({
      code: 'service-unreachable',
    });
    hold = false;
    await bus.start();
    await until(
      () =>
        client.call('budget-ledger.mode', request).then(
          () => true,
          () => false,
        ),
      'the service to be reachable',
    );
  });
});

describe('within one process', () => {
  it('asks without the bus where the command is served over the same connection, with the trace of the caller', async () => {
    let seen: string | undefined;
    await start((given) => {
      if (given.account_id === 'bad') throw new ProblemError('wrong-state', 'no');
      seen = trace.getSpanContext(context.active())?.traceId;
      return answer('here');
    });
    await serving.flush();
    const local = new RpcClient(serving, { caller: 'safety-rails' });
    const { outMsgs } = serving.stats();
    const traceId = '0af7651916cd43dd8448eb211c80319c';
    const caller = trace.setSpanContext(ROOT_CONTEXT, {
      traceId,
      spanId: 'b7ad6b7169203331',
      traceFlags: TraceFlags.SAMPLED,
    });
    expect(await context.with(caller, () => local.call('budget-ledger.mode', request))).toEqual(
      answer('here'),
    );
    await expect(local.call('budget-ledger.mode', { ...request, account_id: 'bad' })).rejects.toMatchObject({
      code: 'wrong-state',
      members: { service: 'budget-ledger' },
    });
    expect(seen).toBe(traceId);
    expect(serving.stats().outMsgs).toBe(outMsgs);
  });

  it('keeps the deadline, and the limit of the bus on an answer', async () => {
    let release = (): void => undefined;
    const wait = new Promise<void>((resolve) => {
      release = resolve;
    });
    await start(async (given) => {
      if (given.account_id === 'long') return answer('x'.repeat(1_200_000));
      await wait;
      return answer('late');
    });
    const local = new RpcClient(serving, { caller: 'safety-rails' });
    await expect(local.call('budget-ledger.mode', request, { deadlineMs: 50 })).rejects.toMatchObject({
      code: 'service-unreachable',
      detail: expect.stringContaining('it is slow, no answer within 50 ms'),
    });
    await expect(local.call('budget-ledger.mode', { ...request, account_id: 'long' })).rejects.toMatchObject({
      code: 'internal-error',
      detail: expect.stringContaining('too large'),
    });
    release();
  });

  it('goes over the bus where two serve the command, and finds nobody once both have stopped', async () => {
    const counts = [0, 0];
    for (const i of [0, 1])
      await start(() => {
        counts[i]! += 1;
        return answer(`${i}`);
      });
    const local = new RpcClient(serving, { caller: 'safety-rails' });
    await Promise.all(Array.from({ length: 60 }, () => local.call('budget-ledger.mode', request)));
    expect(Math.min(...counts)).toBeGreaterThan(0);
    for (const app of apps.splice(0)) await app.close();
    await expect(local.call('budget-ledger.mode', request)).rejects.toMatchObject({
      code: 'service-unreachable',
      detail: expect.stringContaining('no instance serves it'),
    });
  });
});

describe('the transport', () => {
  it('ends no process when its connection is closed under a handler', async () => {
    const unheard: unknown[] = [];
    const collect = (error: unknown): void => {
      unheard.push(error);
    };
    process.on('unhandledRejection', collect).on('uncaughtException', collect);
    const own = await bus.connect();
    let release = (): void => undefined;
    const wait = new Promise<void>((resolve) => {
      release = resolve;
    });
    let begun = false;
    const app = await startNest(own, 'budget-ledger', [
      serves(async () => {
        begun = true;
        await wait;
        return answer('');
      }),
    ]);
    const pending = client.call('budget-ledger.mode', request, { deadlineMs: 300 });
    await until(() => begun, 'the handler to begin');
    await own.close();
    release();
    await expect(pending).rejects.toMatchObject({ code: 'service-unreachable' });
    await app.close();
    process.off('unhandledRejection', collect).off('uncaughtException', collect);
    expect(unheard).toEqual([]);
  });

  it('starts while the bus is down, serves when it is there, and stops while it is down', async () => {
    await bus.kill();
    const logger = recordingLogger();
    await start(() => answer('late'), { logger });
    expect(logger.lines).toMatchObject([{ level: 'warn', facts: { service: 'budget-ledger' } }]);
    await bus.start();
    await until(
      () =>
        client.call('budget-ledger.mode', request).then(
          () => true,
          () => false,
        ),
      'the service to be reachable',
    );
    await bus.kill();
    await apps.pop()!.close();
    await bus.start();
    await until(
      () =>
        client.call('budget-ledger.mode', request).then(
          () => false,
          (error: Error) => error.message.includes('no instance serves it'),
        ),
      'the service to be gone',
    );
  });

  it('refuses patterns that it cannot serve, and two handlers for one', async () => {
    class Odd {
      handle(): void {
        return undefined;
      }
    }
    MessagePattern('some.text')(
      Odd.prototype,
      'handle',
      Object.getOwnPropertyDescriptor(Odd.prototype, 'handle')!,
    );
    await expect(startNest(serving, 'odd', [Odd])).rejects.toThrow('no pattern of this transport');
    await expect(startNest(serving, 'odd', [serves(() => 1), serves(() => 2)])).rejects.toThrow(
      'two handlers',
    );
  });
});
