import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { streamName, type HandlerEnvelope } from '@interlock/contracts';
import { collect } from '@interlock/kernel';
import { bindings, bindTo, type Leaves } from '@interlock/network';
import { readRunningLeaves } from '../src/devices/device-reading.js';
import type { Gateway } from '../src/gateway.js';
import { missingForNetconfd } from '@interlock/testing';
import { tell } from './commands.js';
import { entryOf, startNetconfd, type Netconfd } from './netconfd.js';
import { cellId, loadedModules, modelsStartup, reducedModules } from './models-startup.js';
import { withSetters } from './set-handler.js';
import { codesOf } from './use-world.js';
import { tenant, World } from './world.js';

const missing = missingForNetconfd();
const binding = bindings.get('ietf-interfaces@2014-05-08')!;
const others = [...bindings.keys()].filter(
  (name) => !name.startsWith('interlock-ran') && !name.startsWith('openconfig-interfaces'),
);
const path = (leaf: string): string => `/interfaces/interface[name='eth0']/${leaf}`;
const mtu = path('{urn:ietf:params:xml:ns:yang:ietf-ip}ipv4/mtu');

const startup = `<interfaces xmlns="urn:ietf:params:xml:ns:yang:ietf-interfaces">${['eth0', 'eth1']
  .map(
    (name) =>
      `<interface><name>${name}</name><type xmlns:ianaift="urn:ietf:params:xml:ns:yang:iana-if-type">ianaift:ethernetCsmacd</type><enabled>true</enabled>${
        name === 'eth0' ? '<ipv4 xmlns="urn:ietf:params:xml:ns:yang:ietf-ip"><mtu>1500</mtu></ipv4>' : ''
      }</interface>`,
  )
  .join('')}</interfaces>`;

const flavours = [
  { target: 'candidate', profile: '3gpp', how: 'cancel-commit' },
  { target: 'running', profile: 'ericsson', how: 'inverse-edit' },
] as const;

if (missing === undefined) {
  describe.each(flavours)(
    'interfaces of a server that others wrote, which edits its $target',
    ({ target, profile, how }) => {
      let server: Netconfd;
      let world: World;
      let gateway: Gateway;

      const start = () =>
        world.gateway({
          handler: withSetters,
          config: { NETCONF_OBSERVE_MS: 1000, NETCONF_CREDENTIALS_DIR: server.home },
        });

      beforeAll(async () => {
        server = await startNetconfd({
          modules: reducedModules,
          load: ['iana-if-type', 'ietf-interfaces', 'ietf-ip', ...loadedModules],
          startup: startup + modelsStartup,
          target,
          cells: [],
        });
        world = new World({ devices: [], cells: [] } as never);
        gateway = await start();
        await tell(gateway, 'yuma', {
          kind: 'RegisterDevice',
          device: {
            ...entryOf(server),
            profile,
            cells: [
              { cell_id: cellId('a'), neighbours: [{ cell_id: cellId('b'), coverage: 'FULL' }] },
              { cell_id: cellId('b'), neighbours: [] },
            ],
          },
        });
        await tell(gateway, 'yuma', { kind: 'BindDevice', device_id: 'yuma', bindings: others });
      });
      afterAll(async () => {
        await world.stop();
        await server.stop();
      });

      const asked = (parameters: object, entity = 'yuma/eth0') => ({
        tenant_id: tenant,
        action_type: 'interface_set',
        entity_id: entity,
        parameters: parameters as never,
      });
      const leaves = async (of = binding): Promise<Leaves> => {
        await gateway.inventory.current();
        return gateway.sessions.read(gateway.inventory.find(tenant, 'yuma')!.address, (client) =>
          readRunningLeaves(client, of),
        );
      };
      const applied = async (type: string, entity: string, parameters: object): Promise<HandlerEnvelope> => {
        const action = await world.started(gateway, entity, {
          action_type: type,
          parameters,
          soak_s: 1,
          confirm_timeout_s: 60,
        });
        await world.apply(gateway, action);
        return action;
      };
      const observed = async (
        parameters: object,
        type = 'interface_set',
        entity = 'yuma/eth0',
      ): Promise<HandlerEnvelope> => {
        const action = await applied(type, entity, parameters);
        await world.reaches(gateway, action, 'OBSERVED');
        return action;
      };
      const undone = async (action: HandlerEnvelope): Promise<void> => {
        await world.undone(gateway, action);
      };
      const planned = (type: string, entity: string, parameters: object) =>
        gateway.plan({
          tenant_id: tenant,
          action_type: type,
          entity_id: entity,
          parameters: parameters as never,
        });
      const refusals = async (type: string, entity: string, parameters: object) =>
        codesOf({ reasons: (await planned(type, entity, parameters)).violations });

      it('are planned by the binding that its modules have, in the units and ranges of the model', async () => {
        const plan = await gateway.plan(asked({ mtu: 1400, enabled: false, description: 'uplink' }));
        expect(plan).toMatchObject({ binding: binding.name, violations: [] });
        expect(plan.diff).toEqual([
          { path: mtu, before: '1500', after: '1400' },
          { path: path('enabled'), before: 'true', after: 'false' },
          { path: path('description'), before: null, after: 'uplink' },
        ]);
        expect(codesOf({ reasons: (await gateway.plan(asked({ mtu: 10 }))).violations })).toEqual([
          'value-unfit',
        ]);
        expect(
          codesOf({ reasons: (await gateway.plan(asked({ mtu: 1400 }, 'yuma/eth1'))).violations }),
        ).toEqual(['container-absent']);
        expect(codesOf({ reasons: (await gateway.plan(asked({ oper_status: 'up' }))).violations })).toEqual([
          'binding-unfit',
        ]);
      });

      it('are changed and taken back leaf by leaf', async () => {
        const before = await leaves();
        const action = await observed({ mtu: 1400, enabled: false, description: 'uplink' });
        expect(await leaves()).toEqual({
          ...before,
          [mtu]: '1400',
          [path('enabled')]: 'false',
          [path('description')]: 'uplink',
        });
        await world.undone(gateway, action);
        const events = await collect(world.store.read(streamName('device_tx', tenant, action.action_id)));
        expect(events.at(-1)).toMatchObject({ type: 'ChangeRolledBack', data: { how } });
        expect(await leaves()).toEqual(before);
      });

      it('are confirmed by another gateway than the one that applied it, and undone by the inverse edit', async () => {
        const before = await leaves();
        const action = await observed({ mtu: 1300 });
        await world.kill(gateway);
        gateway = await start();
        await world.confirmed(gateway, action);
        expect((await leaves())[mtu]).toBe('1300');
        if (target === 'running')
          expect(readFileSync(join(server.home, 'startup.xml'), 'utf8')).toContain('1300');
        await world.undone(gateway, action);
        expect(await leaves()).toEqual(before);
        if (target === 'running')
          expect(readFileSync(join(server.home, 'startup.xml'), 'utf8')).not.toContain('1300');
      });

      const route = 'yuma/type=static,name=main,prefix=10.0.0.0/8';
      const routing = bindings.get('ietf-routing@2016-11-04')!;
      it('have static routes beside them, whose next hop changes and comes back', async () => {
        const before = await leaves(routing);
        const action = await observed({ next_hop: '192.0.2.7', description: 'core' }, 'route_set', route);
        const after = Object.values(await leaves(routing));
        expect(after).toEqual(expect.arrayContaining(['192.0.2.7', 'core', 'static']));
        await undone(action);
        expect(await leaves(routing)).toEqual(before);
        expect(await refusals('route_set', `${route}0`, { next_hop: '192.0.2.7' })).toEqual(['entry-absent']);
      });

      it('have static IPv6 routes, too', async () => {
        const before = await leaves(routing);
        const ipv6 = 'yuma/type=static,name=main,prefix=2001:db8::/32';
        const action = await observed(
          { next_hop: '2001:db8::7', description: 'core' },
          'ipv6_route_set',
          ipv6,
        );
        expect(Object.values(await leaves(routing))).toEqual(
          expect.arrayContaining(['2001:db8::7', 'core', '192.0.2.1']),
        );
        await undone(action);
        expect(await leaves(routing)).toEqual(before);
        expect(await refusals('ipv6_route_set', `${ipv6}0`, { next_hop: '2001:db8::7' })).toEqual([
          'entry-absent',
        ]);
      });

      const alarms = bindings.get('ietf-alarms@2019-09-11')!;
      const shelf = { shelf: 'works', resource: 'eth0', alarm_type: 'acme-alarms:link-alarm' };
      it('have alarms that a shelf silences until it is taken away', async () => {
        const action = await observed(shelf, 'alarm_silence', 'yuma');
        expect(Object.values(await leaves(alarms))).toEqual(
          expect.arrayContaining(['works', 'eth0', '{urn:acme:alarms}link-alarm']),
        );
        await world.confirmed(gateway, action);
        expect(await refusals('alarm_silence', 'yuma', shelf)).toEqual(['shelf-exists']);
        await undone(action);
        expect(Object.keys(await leaves(alarms)).filter((one) => one.includes('/shelf['))).toEqual([]);
      });

      const counters = bindings.get('o-ran-performance-management@2026-11-28')!;
      it('have counters that are switched on over the reduced model of O-RAN', async () => {
        const action = await observed({ active: true }, 'counter_set', 'yuma/RX_LATE');
        expect(Object.values(await leaves(counters))).toContain('true');
        await undone(action);
        expect(Object.values(await leaves(counters))).not.toContain('true');
      });

      it.each([
        ['queue_set', 'yuma/policy=out,scheduler=1', { cir: 20 }, 'openconfig-qos@2026-11-28'],
        ['network_instance_set', 'yuma/blue', { type: 'L2VSI' }, 'openconfig-network-instance@2026-11-28'],
      ])(
        'take back a %s that the state of the device does not show',
        async (type, entity, parameters, name) => {
          const of = bindings.get(name)!;
          const before = await leaves(of);
          expect((await planned(type, entity, parameters)).diff).toHaveLength(1);
          const action = await applied(type, entity, parameters);
          const { reasons } = await world.reaches(gateway, action, 'ROLLED_BACK');
          expect(reasons[0]).toMatchObject({ code: 'not-applied', binding: name });
          expect(await leaves(of)).toEqual(before);
        },
      );

      const radio = bindings.get('_3gpp-common-managed-element@2026-11-28')!;
      const cell = cellId('a');
      it('are not the cells of 3GPP, where nothing on the device takes a change back', async () => {
        const codes = await refusals('cell_failover', cell, {});
        expect(codes).toEqual(target === 'candidate' ? [] : ['profile-unsupported']);
      });

      const changes: readonly (readonly [
        string,
        object,
        readonly (readonly [string, string | null, string])[],
      ])[] = [
        [
          'cell_failover',
          { power_raise_db: 3 },
          [
            ['configuredMaxTxPower', '10000', '19953'],
            ['isHOAllowed', 'false', 'true'],
            ['rsrpOffsetSsb', null, '3'],
            ['administrativeState', 'UNLOCKED', 'LOCKED'],
          ],
        ],
        ['connection_throttle', { policy: 'rrc-a', max_ratio: 50 }, [['rRMPolicyMaxRatio', '80', '50']]],
        ['qos_tune', { policy: 'prb-a', min_ratio: 60 }, [['rRMPolicyMinRatio', '40', '60']]],
      ];
      if (target === 'candidate')
        it.each(changes)(
          'have a %s over the reduced model of 3GPP, and its undo',
          async (type, parameters, diff) => {
            const before = await leaves(radio);
            const plan = await planned(type, cell, parameters);
            expect(plan).toMatchObject({ binding: radio.name, violations: [] });
            expect(plan.diff.map((one) => [one.path.split('/').at(-1), one.before, one.after])).toEqual(diff);
            const action = await applied(type, cell, parameters);
            // The model has no KPIs, so nothing shows that the change did no harm.
            const { observation } = await world.reaches(gateway, action, 'OBSERVED');
            expect(observation?.breaches).toMatchObject([{ code: 'no-samples' }]);
            expect(await leaves(radio)).not.toEqual(before);
            await undone(action);
            expect(await leaves(radio)).toEqual(before);
          },
        );

      it('are proposed with what the device can do over each binding', async () => {
        const { library } = await gateway.yangLibrary(tenant, 'yuma');
        for (const name of others)
          expect([name, bindTo(bindings.get(name)!, library).access]).toEqual([name, 'change']);
        const shelves = bindTo(alarms, library).leaves.get('shelf.resource');
        expect(shelves).toEqual({ access: 'change', why: null });
      });
    },
  );
} else {
  describe('interfaces of a server that others wrote', () => {
    it(`are left out: ${missing} is not installed`, () => {
      process.stdout.write(`left out: interfaces on yuma123 (${missing} is not installed)\n`);
      expect(missing).not.toBe('');
    });
  });
}
