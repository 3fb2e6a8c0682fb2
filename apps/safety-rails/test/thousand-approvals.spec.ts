import { referenceTo } from '@interlock/rails';
import { beforeAll, expect, it } from '@jest/globals';
import { isProblem, testMetadata, type RecordedEvent } from '@interlock/kernel';
import type { ActionCommand } from '@interlock/rails';
import { acceptedData } from '@interlock/rails/looks';
import { Machine, type SimProcess } from './simulated/machine.js';
import { Network } from './simulated/network.js';
import { Agents, loadParts, Rails, startLedger } from './simulated/services.js';
import { TenantHandler } from './simulated/tenant-handler.js';
import { account, actionType, answerOf, fair, tenant, weatherNames } from './simulated/weather.js';

beforeAll(loadParts);

const ids = Array.from({ length: 24 }, (_, i) => `action-${i}`);
const processOf = (name: string): SimProcess => ({ name, isDead: false, skewMs: 0 });
const dataOf = (event: RecordedEvent | undefined): { readonly [name: string]: unknown } =>
  (event?.data ?? {}) as { readonly [name: string]: unknown };

it('a thousand answers at once, to two instances, have one effect on each action, and the others say why they have none', async () => {
  const machine = new Machine(7);
  const network = new Network(machine);
  network.faults.loss = 0;
  const of = (id: string): readonly RecordedEvent[] =>
    network.events.filter(({ stream }) => stream === `action-${tenant}:${id}`);
  const handler = new TenantHandler(machine, () => false);
  handler.loss = 0;
  machine.install();
  try {
    network.serve(
      weatherNames,
      processOf('others'),
      (name) => (request) =>
        Promise.resolve(answerOf(name, request, { ...fair, decision: 'NEEDS_APPROVAL' }, machine)),
    );
    await network.log.append(
      `autonomy-${tenant}:budget=${account}`,
      [
        {
          id: 'budget',
          type: 'BudgetSet',
          data: {
            account_id: account,
            max_autonomous_per_day: 100,
            max_per_action_type: {},
            decay_if_unused: false,
          },
          metadata: testMetadata(),
        },
      ],
      'any',
    );
    const instances = ['rails-1', 'rails-2'].map(
      (name) => new Rails(network, processOf(name), {}, () => undefined),
    );
    const agents = new Agents(network, processOf('agents-1'), handler, 'agents-1', {});
    const ledger = processOf('ledger-1');
    for (const one of [...instances, agents])
      machine.after(0, one.process, () => {
        void one.start();
      });
    machine.after(0, ledger, () => {
      void startLedger(network, ledger, {});
    });
    await machine.run(1000);
    const [first] = instances;
    if (first === undefined) throw new Error('no instance is there');
    for (const id of ids)
      machine.after(0, first.process, () => {
        const now = new Date().toISOString();
        const data = {
          ...acceptedData({
            intent_id: id,
            account_id: account,
            action_type: actionType.action_type,
            entity_id: id,
            external_contact: false,
          }),
          action_id: id,
          time: now,
          first_gate_by: new Date(machine.trueMs + 300_000).toISOString(),
          action_type: referenceTo(actionType),
        };
        void first.orchestrator.accept(
          tenant,
          id,
          { kind: 'accept', now, ...data },
          {
            commandId: id,
            tenantId: tenant,
            actor: { kind: 'service', service: 'upstream' },
            now,
            correlationId: id,
            causationId: id,
          },
          false,
        );
      });
    const isAsked = (id: string): boolean => of(id).some(({ type }) => type === 'ApprovalRequested');
    await machine.run(60_000, () => ids.every(isAsked));
    expect(ids.filter(isAsked)).toEqual(ids);

    // 1000 people, each of whom has read what is asked; every tenth has read something else.
    const effects: string[] = [];
    const refusals = new Map<string, number>();
    let answered = 0;
    for (let i = 0; i < 1000; i += 1) {
      const id = machine.pick(ids);
      const digest =
        i % 10 === 0
          ? 'another'
          : String(dataOf(of(id).findLast(({ type }) => type === 'ApprovalRequested'))['digest']);
      const to = machine.pick(instances);
      const isYes = machine.chance(0.5);
      machine.after(0, to.process, () => {
        const now = new Date().toISOString();
        const by = `person:p${i}`;
        const command: ActionCommand = isYes
          ? { kind: 'approve', by, digest, now }
          : { kind: 'reject', by, comment: null, now };
        to.orchestrator
          .command(tenant, id, command, {
            commandId: `said-${i}`,
            tenantId: tenant,
            actor: { kind: 'person', person_id: `p${i}` },
            now,
            correlationId: id,
            causationId: id,
          })
          .then(
            ({ events }) => {
              answered += 1;
              if (events.length > 0) effects.push(`${id} ${command.kind}`);
            },
            (error: unknown) => {
              answered += 1;
              const code = isProblem(error) ? error.code : String(error);
              refusals.set(code, (refusals.get(code) ?? 0) + 1);
            },
          );
      });
    }
    await machine.run(machine.now + 60_000, () => answered === 1000);
    await machine.run(machine.now + 60_000);

    expect(answered).toBe(1000);
    expect(effects.map((effect) => effect.split(' ')[0]).sort()).toEqual([...ids].sort());
    expect([...refusals.keys()].sort()).toEqual(['approval-mismatch', 'wrong-state']);
    for (const id of ids) {
      const isApproved = effects.includes(`${id} approve`);
      const types = of(id).map(({ type }) => type);
      const count = (type: string): number => types.filter((one) => one === type).length;
      // Where its handler was slow to connect to, it was started again under its next turn: nothing
      // had been sent under the first.
      const executed = count('ExecutionStarted') - count('ApplyRefused');
      expect([id, count('ActionApproved'), count('ActionRejected'), executed]).toEqual([
        id,
        isApproved ? 1 : 0,
        isApproved ? 0 : 1,
        isApproved ? 1 : 0,
      ]);
      expect([id, handler.deeds.get(id)?.acts.length ?? 0]).toEqual([id, isApproved ? 1 : 0]);
      expect(types.at(-1)).toMatch(/^(ReservationReleased|ActionRejected|BudgetGivenBack)$/);
    }
  } finally {
    machine.uninstall();
  }
});
