import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { childElements, parseXml, serialiseXml, type NetconfClient } from '@interlock/netconf';
import { bindingFaults, bindings, moduleFaults, ownBinding, yangSchema } from '@interlock/network';
import { startFromArguments } from '../src/cli.js';
import { fleetOf } from '../src/fleet.js';
import type { Simulator } from '../src/index.js';
import { modelsOf } from '../src/models/models.js';
import { kpis } from '../src/ran/kpis.js';
import { createRan } from '../src/ran/model.js';
import { Regions } from '../src/ran/regions.js';
import { describeWith } from './left-out.js';
import { device, failure, login, tagsOf } from './parts.js';

const others = [...bindings.values()].filter((one) => one !== ownBinding);
const missing = spawnSync('yanglint', ['--version']).error === undefined ? undefined : 'yanglint';

describe.each(others)('a simulated device of $name', (binding) => {
  let simulator: Simulator;
  let client: NetconfClient;
  let texts: string[];
  const modules = Object.keys(binding.file.modules);
  beforeAll(async () => {
    ({ simulator } = await startFromArguments(['--count', '1', '--model', binding.name, '--nacm']));
    client = await login(device(simulator));
    texts = [];
    for (const module of modules) texts.push(await client.getSchema(module));
  });
  afterAll(async () => {
    await client.close();
    await simulator.stop();
  });

  it('serves modules that the binding agrees with', () => {
    const schema = yangSchema(texts);
    expect(moduleFaults(binding.file, schema)).toEqual([]);
    expect(bindingFaults(binding.file, schema.nodeAt)).toEqual([]);
    const library = client.capabilities.join('\n');
    for (const { namespace } of Object.values(binding.file.modules)) expect(library).toContain(namespace);
  });

  describeWith(missing, 'by yanglint', () => {
    it('has valid modules, and configuration and state that are theirs', async () => {
      const home = mkdtempSync(join(tmpdir(), 'models-'));
      try {
        modules.forEach((module, i) => writeFileSync(join(home, `${module}.yang`), texts[i]!));
        const namespaces = Object.values(binding.file.modules).map(({ namespace }) => namespace);
        const lint = (type: string, data: string): string => {
          writeFileSync(join(home, 'data.xml'), data);
          const files = modules.map((module) => join(home, `${module}.yang`));
          return spawnSync('yanglint', ['-p', home, '-t', type, ...files, join(home, 'data.xml')], {
            encoding: 'utf8',
          }).stderr;
        };
        const mine = (element: Awaited<ReturnType<NetconfClient['get']>>): string =>
          childElements(element)
            .filter(({ namespace }) => namespaces.includes(namespace))
            .map(serialiseXml)
            .join('');
        const config = mine(await client.getConfig('running'));
        if (config !== '') expect(lint('config', config)).toBe('');
        simulator.control.degrade(device(simulator).cells[0]!);
        const all = mine(await client.get());
        if (all !== '') expect(lint('data', all)).toBe('');
      } finally {
        rmSync(home, { recursive: true, force: true });
      }
    });
  });
});

describe('the alarms of a simulated device', () => {
  it.each([
    ['ietf-alarms', 'alarm', /<perceived-severity>major</g],
    ['o-ran-fm', 'active-alarms', /<fault-severity>MAJOR</g],
  ])('are entries of their own in the model %s', async (model, entry, severity) => {
    const { simulator } = await startFromArguments(['--count', '1', '--model', model]);
    const client = await login(device(simulator));
    const shown = async (): Promise<string> => serialiseXml(await client.get());
    expect(await shown()).not.toContain(`<${entry}>`);
    for (const cell of device(simulator).cells.slice(0, 2)) simulator.control.degrade(cell);
    const alarms = await shown();
    expect(alarms.match(new RegExp(`<${entry}>`, 'g'))).toHaveLength(2);
    expect(alarms.match(severity)).toHaveLength(2);
    await client.close();
    await simulator.stop();
  });
});

describe('identities in a simulated device', () => {
  const instances = (type: string, declared = ''): string =>
    `<network-instances xmlns="http://openconfig.net/yang/network-instance"${declared}><network-instance><name>blue</name><config><type>${type}</type></config></network-instance></network-instances>`;
  const route = (type: string): string =>
    `<routing xmlns="urn:ietf:params:xml:ns:yang:ietf-routing" xmlns:rt="urn:ietf:params:xml:ns:yang:ietf-routing"><control-plane-protocols><control-plane-protocol><type>${type}</type><name>main</name><static-routes><ipv4 xmlns="urn:ietf:params:xml:ns:yang:ietf-ipv4-unicast-routing"><route><destination-prefix>10.0.0.0/8</destination-prefix><description>core</description></route></ipv4></static-routes></control-plane-protocol></control-plane-protocols></routing>`;
  const types = ' xmlns:t="http://openconfig.net/yang/network-instance-types"';

  it('are the same whatever their prefix, and no others than those of the model', async () => {
    const models = ['openconfig-network-instance', 'ietf-routing'].flatMap((one) => ['--model', one]);
    const { simulator } = await startFromArguments(['--count', '1', ...models]);
    const client = await login(device(simulator));
    const edit = (xml: string): Promise<unknown> =>
      client.editConfig({ target: 'candidate', config: childElements(parseXml(`<c>${xml}</c>`)) });
    for (const wrong of [instances('t:L9', types), instances('t:L2VSI'), instances('L2VSI'), route('rt:rip')])
      expect(tagsOf(await failure(edit(wrong)))).toEqual(['invalid-value']);
    await edit(instances('t:L2VSI', types));
    await edit(route('rt:static'));
    await client.commit();
    const running = serialiseXml(await client.getConfig('running'));
    expect(running.match(/<control-plane-protocol>/g)).toHaveLength(1);
    expect(running).toContain('<type>static</type>');
    expect(running).toMatch(/<type[^>]*>openconfig-network-instance-types:L2VSI<\/type>/);
    await client.close();
    await simulator.stop();
  });
});

describe('simulated devices of several models', () => {
  let simulator: Simulator;
  let client: NetconfClient;
  beforeAll(async () => {
    const models = ['openconfig-interfaces', '_3gpp-common-managed-element'];
    ({ simulator } = await startFromArguments([
      ...['--count', '1'],
      ...models.flatMap((model) => ['--model', model]),
    ]));
    client = await login(device(simulator));
  });
  afterAll(async () => {
    await client.close();
    await simulator.stop();
  });
  const cell =
    'ManagedElement=gnb-001,GNBDUFunction=1,NRCellDU=cell-001-1,NRSectorCarrier=cell-001-1,GNBCUCPFunction=1,NRCellCU=cell-001-1';
  const change = async (xml: string): Promise<void> => {
    await client.editConfig({ target: 'candidate', config: childElements(parseXml(`<c>${xml}</c>`)) });
    await client.commit();
  };
  const data = async (): Promise<string> =>
    serialiseXml(await client.get()).replace(/ xmlns(:\w+)?="[^"]*"/g, '');
  const interfaces = (inner: string): string =>
    `<interfaces xmlns="http://openconfig.net/yang/interfaces"><interface><name>eth0</name>${inner}</interface></interfaces>`;
  const administrative = (state: string): string =>
    `<ManagedElement xmlns="urn:3gpp:sa5:_3gpp-common-managed-element"><id>gnb-001</id><GNBDUFunction xmlns="urn:3gpp:sa5:_3gpp-nr-nrm-gnbdufunction"><id>1</id><NRCellDU xmlns="urn:3gpp:sa5:_3gpp-nr-nrm-nrcelldu"><id>cell-001-1</id><attributes><administrativeState>${state}</administrativeState></attributes></NRCellDU></GNBDUFunction></ManagedElement>`;

  it('name their cells in the form of the model', () => expect(device(simulator).cells[0]).toBe(cell));

  it('show in their state what their configuration says', async () => {
    expect(await data()).toMatch(/<enabled>true<\/enabled>.*<state>.*<oper-status>UP<\/oper-status>/);
    await change(interfaces('<config><enabled>false</enabled><mtu>9000</mtu></config>'));
    const after = await data();
    expect(after).toMatch(/<state>(?:(?!<\/state>).)*<oper-status>DOWN<\/oper-status>/);
    expect(after).toMatch(/<state>(?:(?!<\/state>).)*<mtu>9000<\/mtu>/);
  });

  it('move the load when a cell is locked, and raise an alarm when it drops calls', async () => {
    const users = (): number => simulator.control.kpis(cell).users;
    expect(users()).toBeGreaterThan(0);
    await change(administrative('LOCKED'));
    expect(users()).toBe(0);
    expect(await data()).toContain('<operationalState>DISABLED</operationalState>');
    await change(administrative('UNLOCKED'));
    expect(users()).toBeGreaterThan(0);
    expect(await data()).not.toContain('<alarmRecords>');
    simulator.control.degrade(cell);
    expect(await data()).toMatch(
      new RegExp(`<alarmRecords>.*<perceivedSeverity>MAJOR</perceivedSeverity>.*${cell}</objectInstance>`),
    );
    simulator.control.heal(cell);
  });

  it('refuse values that the model does not have, and state', async () => {
    const refused = async (xml: string): Promise<unknown> => tagsOf(await failure(change(xml)));
    expect(await refused(administrative('OFF'))).toEqual(['invalid-value']);
    expect(await refused(interfaces('<config><mtu>70000</mtu></config>'))).toEqual(['invalid-value']);
    expect(await refused(interfaces('<state><mtu>1</mtu></state>'))).toEqual(['unknown-element']);
  });
});

describe('the models of a simulator', () => {
  it('are named by a binding, by its module or by a file of one', () => {
    expect(modelsOf({}).modules.map(({ name }) => name)).toEqual(['interlock-ran']);
    expect(modelsOf({ models: ['ietf-interfaces'] }).modules).toHaveLength(2);
    expect(() => modelsOf({ models: ['acme'] })).toThrow('model `acme` is not known');
    const home = mkdtempSync(join(tmpdir(), 'models-'));
    try {
      const [good, wrong] = [join(home, 'good.json'), join(home, 'wrong.json')];
      writeFileSync(good, JSON.stringify(others[0]!.file));
      writeFileSync(wrong, '{"module":"x"}');
      expect(modelsOf({ models: [good] }).schema).toHaveLength(1);
      expect(() => modelsOf({ models: [wrong] })).toThrow('/modules');
    } finally {
      rmSync(home, { recursive: true, force: true });
    }
  });
});

describe('a network of many devices', () => {
  it('measures each region as it would measure the whole', () => {
    const specs = fleetOf(20, '3gpp').flatMap(({ cells }) => cells);
    const configs = Object.fromEntries(
      specs.map(({ cell_id, neighbours, tx_power }, i) => [
        cell_id,
        {
          locked: i % 5 === 0,
          tx_power,
          admitted: 1,
          relations: Object.fromEntries(
            neighbours.map((one) => [one.cell_id, { ho_allowed: true, offset_db: 0 }]),
          ),
        },
      ]),
    );
    const whole = kpis(createRan(7, specs), configs);
    const regions = new Regions(7, specs);
    for (const { cell_id } of specs) {
      expect(regions.cellsAround(cell_id)).toHaveLength(3);
      const { users, drop_rate_pct, latency_ms } = regions.kpis(cell_id, configs)[cell_id]!;
      expect(users).toBeCloseTo(whole[cell_id]!.users, -1);
      expect([drop_rate_pct, latency_ms]).toEqual([
        expect.closeTo(whole[cell_id]!.drop_rate_pct, 1),
        expect.closeTo(whole[cell_id]!.latency_ms, 1),
      ]);
    }
  });

  it('answers every one of a hundred devices at once', async () => {
    const { simulator } = await startFromArguments(['--count', '100']);
    const clients = await Promise.all(simulator.devices.map((one) => login(one)));
    const answers = await Promise.all(clients.map(async (one) => serialiseXml(await one.get())));
    expect(answers.filter((one, i) => one.includes(simulator.devices[i]!.cells[0]!))).toHaveLength(100);
    await Promise.all(clients.map((one) => one.close()));
    await simulator.stop();
  });
});
