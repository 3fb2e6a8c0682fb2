import { Controller } from '@nestjs/common';
import { EventPattern, MessagePattern, Payload } from '@nestjs/microservices';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { subject } from '@interlock/contracts';
import { BusPublisher, RpcClient, type BusMessage } from '@interlock/jetstream';
import { done, ProblemError, type Handled } from '@interlock/kernel';
import { startParts, testContext, until, type Parts } from '@interlock/testing';
import { startService, type RunningService } from '../src/index.js';

const seen: BusMessage[] = [];

@Controller()
class BusController {
  @MessagePattern({ rpc: 'policy-evaluator.evaluate' })
  evaluate(@Payload() request: { readonly tenant_id: string }): object {
    if (request.tenant_id === 'refused')
      throw new ProblemError('wrong-state', 'it is not open', { members: { state: 'CLOSED' } });
    if (request.tenant_id === 'broken') throw new TypeError('password is hunter2');
    return { tenant_id: request.tenant_id };
  }

  @EventPattern({ stream: 'SIGNALS', durable: 'platform-test', filter: 'interlock.signals.demo.*.by.*' })
  async signal(@Payload() message: BusMessage): Promise<Handled> {
    seen.push(message);
    return done;
  }
}

let parts: Parts;
let running: RunningService;
beforeAll(async () => {
  parts = await startParts();
  running = await startService(
    testContext(parts, 'policy-evaluator'),
    { controllers: [BusController] },
    { title: 'Bus' },
  );
});
afterAll(async () => {
  await running?.stop();
  await parts?.stop();
});

describe('a service on the real parts', () => {
  const call = (tenantId: string): Promise<unknown> =>
    new RpcClient(parts.connection, { caller: 'safety-rails' }).call('policy-evaluator.evaluate', {
      tenant_id: tenantId,
    } as never);

  it('is ready', async () => {
    const response = await fetch(`http://127.0.0.1:${running.http.port}/health/ready`);
    expect(await response.json()).toEqual({
      service: 'policy-evaluator',
      status: 'ready',
      checks: ['log', 'bus', 'database'].map((name) => ({ name, ok: true })),
    });
  });

  it('answers commands without a token', async () => {
    expect(await call('demo')).toEqual({ tenant_id: 'demo' });
  });

  it('hands a refusal over with its code and members', async () => {
    await expect(call('refused')).rejects.toMatchObject({
      code: 'wrong-state',
      detail: 'it is not open',
      members: { state: 'CLOSED' },
    });
  });

  it('hands over nothing of an error of another kind', async () => {
    const error = (await call('broken').catch((caught: unknown) => caught)) as ProblemError;
    expect(error.code).toBe('internal-error');
    expect(JSON.stringify(error)).not.toContain('hunter2');
  });

  it('takes the messages of its consumers', async () => {
    await new BusPublisher(parts.connection).publish(
      subject({ kind: 'signals', tenant: 'demo', name: 'integrity', user: 'demo.app' }),
      { value: 1 },
      { msgId: 'one' },
    );
    await until(() => seen.length === 1, 'the message came');
    expect(seen[0]).toMatchObject({
      subject: 'interlock.signals.demo.integrity.by.demo=app',
      data: { value: 1 },
    });
  });

  it('measures both', async () => {
    const text = await parts.issuer.metricsOf(`http://127.0.0.1:${running.http.port}`);
    expect(text).toMatch(
      /rpc_duration_seconds_count\{service="policy-evaluator",command="policy-evaluator\.evaluate",outcome="ok"\} \d/,
    );
    expect(text).toMatch(
      /rpc_duration_seconds_count\{service="policy-evaluator",command="policy-evaluator\.evaluate",outcome="problem"\} \d/,
    );
    expect(text).toMatch(
      /bus_messages_total\{service="policy-evaluator",consumer="platform-test",outcome="done"\} 1/,
    );
  });

  it('says which part is away, and is ready again when it is back', async () => {
    await parts.nats.down();
    const checks = async (): Promise<readonly { name: string; ok: boolean; code?: string }[]> =>
      (
        (await (await fetch(`http://127.0.0.1:${running.http.port}/health/ready`)).json()) as {
          checks: readonly { name: string; ok: boolean; code?: string }[];
        }
      ).checks;
    expect((await checks()).filter(({ ok }) => !ok)).toEqual([expect.objectContaining({ name: 'bus' })]);
    expect((await fetch(`http://127.0.0.1:${running.http.port}/health/live`)).status).toBe(200);
    await parts.nats.up();
    await until(async () => (await checks()).every(({ ok }) => ok), 'all is well again');
    expect(await until(() => call('demo'), 'it answers again')).toEqual({ tenant_id: 'demo' });
  });
});
