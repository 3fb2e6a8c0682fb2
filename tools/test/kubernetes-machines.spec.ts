import { spawnSync } from 'node:child_process';

import { beforeAll, describe, expect, it } from '@jest/globals';
import { suiteWhere } from '@interlock/testing';

import { services as table } from '../deploy/services.mjs';
import {
  containersOf,
  kindOf,
  mayReach,
  namespace,
  operatedPostgres,
  render,
  renderWith,
  workloads,
  type End,
  type Resource,
} from './kubernetes-parts.js';

// What happens to the manifests over time: machines are drained or lost, pods move, and connections
// come from outside.

const missing = spawnSync('kubectl', ['version', '--client']).status === 0 ? [] : ['kubectl'];
const ofKind = (resources: readonly Resource[], kind: string, name: string): Resource =>
  kindOf(resources, kind).find(({ metadata }) => metadata.name === name)!;

suiteWhere(describe, 'Kubernetes, where machines come and go', missing, () => {
  let one: readonly Resource[];
  let three: readonly Resource[];
  beforeAll(() => {
    one = render('one-node');
    three = render('three-nodes');
  });

  it('lets every machine be drained: a budget allows one pod, and each that is not ready', () => {
    for (const { metadata, spec } of [
      ...kindOf(one, 'PodDisruptionBudget'),
      ...kindOf(three, 'PodDisruptionBudget'),
    ])
      expect([metadata.name, spec.maxUnavailable, spec.unhealthyPodEvictionPolicy]).toEqual([
        metadata.name,
        1,
        'AlwaysAllow',
      ]);
    // A part with a single instance and no budget is evicted at once.
    for (const { metadata } of kindOf(one, 'StatefulSet'))
      expect(kindOf(one, 'PodDisruptionBudget').map(({ metadata: { name } }) => name)).not.toContain(
        metadata.name,
      );
  });

  it('puts no two servers of the bus, and no two of Postgres, on one machine', () => {
    const { topologySpreadConstraints = [] } = ofKind(three, 'StatefulSet', 'nats').spec.template!.spec;
    expect(topologySpreadConstraints).toContainEqual(
      expect.objectContaining({
        topologyKey: 'kubernetes.io/hostname',
        whenUnsatisfiable: 'DoNotSchedule',
        labelSelector: { matchLabels: { 'app.kubernetes.io/name': 'nats' } },
      }),
    );
    expect(ofKind(three, 'Cluster', 'postgres').spec.affinity).toMatchObject({
      podAntiAffinityType: 'required',
      topologyKey: 'kubernetes.io/hostname',
    });
  });

  it('spreads the instances of every service over machines and zones where it can', () => {
    for (const { metadata, spec } of kindOf(three, 'Deployment'))
      expect([
        metadata.name,
        spec.template!.spec.topologySpreadConstraints?.map((rule) => [
          rule.topologyKey,
          rule.whenUnsatisfiable,
        ]),
      ]).toEqual([
        metadata.name,
        [
          ['kubernetes.io/hostname', 'ScheduleAnyway'],
          ['topology.kubernetes.io/zone', 'ScheduleAnyway'],
        ],
      ]);
  });

  it('starts the next instance beside the last one where only one machine mounts the claim', () => {
    const isShared = (resources: readonly Resource[], claim: string): boolean =>
      ofKind(resources, 'PersistentVolumeClaim', claim).spec.accessModes![0] === 'ReadWriteMany';
    const claimants = { one: new Set<string>(), three: new Set<string>() };
    for (const [name, resources] of [
      ['one', one],
      ['three', three],
    ] as const)
      for (const { metadata, spec } of kindOf(resources, 'Deployment')) {
        const claims = spec.template!.spec.volumes.flatMap(({ persistentVolumeClaim: claim }) =>
          claim === undefined || isShared(resources, claim.claimName) ? [] : [claim.claimName],
        );
        if (claims.length > 0) claimants[name].add(metadata.name);
        const rule = {
          topologyKey: 'kubernetes.io/hostname',
          labelSelector: { matchLabels: { 'app.kubernetes.io/name': metadata.name } },
        };
        expect([metadata.name, spec.template!.spec.affinity]).toEqual([
          metadata.name,
          claims.length === 0
            ? undefined
            : { podAffinity: { requiredDuringSchedulingIgnoredDuringExecution: [rule] } },
        ]);
      }
    expect([...claimants.one].sort()).toEqual(['audit', 'edge']);
    expect([...claimants.three]).toEqual([]);
  });

  it('gives every pod longer to stop than the requests in progress get', () => {
    for (const workload of [...workloads(one), ...workloads(three)].filter(({ kind }) => kind !== 'Job'))
      expect(workload.spec.template!.spec.terminationGracePeriodSeconds).toBeGreaterThanOrEqual(60);
  });

  it('reserves memory below its limit, and tells NATS of its own', () => {
    for (const resources of [one, three]) {
      const [nats] = containersOf(ofKind(resources, 'StatefulSet', 'nats'));
      expect(nats!.env).toContainEqual({ name: 'GOMEMLIMIT', value: '900MiB' });
      expect(nats!.resources.limits.memory).toBe('1Gi');
    }
  });
});

suiteWhere(describe, 'Kubernetes, where CloudNativePG makes the pods of Postgres', missing, () => {
  const postgres: End = { pod: operatedPostgres };
  const may = (from: End, to: End, port: number): boolean =>
    mayReach(kindOf(render('three-nodes'), 'NetworkPolicy'), from, to, port);

  it('lets each of them reach the others, and the operator reach them', () => {
    for (const port of [5432, 8000]) {
      expect(may(postgres, postgres, port)).toBe(true);
      expect(may({ namespace: { 'kubernetes.io/metadata.name': 'cnpg-system' } }, postgres, port)).toBe(true);
    }
  });

  it('lets each of them reach the API server, whose address the manifests cannot know', () => {
    expect(may(postgres, { address: '10.96.0.1' }, 443)).toBe(true);
    expect(may(postgres, { address: '172.18.0.2' }, 6443)).toBe(true);
    expect(may(postgres, { address: '172.18.0.2' }, 80)).toBe(false);
  });

  it('shows their figures to the monitoring alone', () => {
    expect(may(namespace('metrics'), postgres, 9187)).toBe(true);
    expect(may(namespace('metrics'), postgres, 5432)).toBe(false);
    expect(may(namespace('ingress'), postgres, 9187)).toBe(false);
  });
});

suiteWhere(describe, 'Kubernetes, with devices that call home', missing, () => {
  const components = Object.entries(table['netconf-gateway'].callHome);
  const gateway = { 'app.kubernetes.io/name': 'netconf-gateway' };
  const overlays = ['one-node', 'three-nodes', 'two-regions'];

  /** The ports of the gateway for devices that call home, by their variables. */
  const callHomePorts = (resources: readonly Resource[]): { readonly [variable: string]: string } => {
    const { spec } = ofKind(resources, 'Deployment', 'netconf-gateway');
    const { env = [], ports = [] } = spec.template!.spec.containers[0]!;
    const set = env.filter(({ name }) => name.startsWith('NETCONF_CALL_HOME'));
    const numbers = ports.map(({ containerPort }) => `${containerPort}`);
    expect(set.map(({ value }) => value).filter((port) => !numbers.includes(port!))).toEqual([]);
    return Object.fromEntries(set.map(({ name, value }) => [name, value!]));
  };

  it.each(components.flatMap((component) => overlays.map((overlay) => [...component, overlay] as const)))(
    'has one port for them by %s, %j, in %s',
    (component, { variable, port }, overlay) => {
      const resources = renderWith(overlay, [component]);
      const service = ofKind(resources, 'Service', `netconf-${component}`);
      expect(service.spec).toMatchObject({
        type: 'LoadBalancer',
        // Otherwise every caller would have the address of a machine.
        externalTrafficPolicy: 'Local',
        selector: gateway,
        ports: [{ port, targetPort: port }],
      });
      const { spec } = ofKind(resources, 'Deployment', 'netconf-gateway');
      // Only the instance that a device called can use its connection.
      expect(spec.replicas ?? 1).toBe(1);
      expect(spec.strategy).toEqual({ type: 'Recreate' });
      expect(callHomePorts(resources)).toEqual({ [variable]: `${port}` });
    },
  );

  it('has both ports with both components, and none without', () => {
    const both = renderWith(
      'one-node',
      components.map(([component]) => component),
    );
    expect(callHomePorts(both)).toEqual({
      NETCONF_CALL_HOME_PORT: '4334',
      NETCONF_CALL_HOME_TLS_PORT: '4335',
    });
    expect(callHomePorts(render('one-node'))).toEqual({});
  });

  it.each(components)('lets addresses outside reach the port of %s alone', (component, { port }) => {
    const may = (resources: readonly Resource[], address: string, to: string, at: number): boolean =>
      mayReach(
        kindOf(resources, 'NetworkPolicy'),
        { address },
        { pod: { 'app.kubernetes.io/name': to } },
        at,
      );
    const resources = renderWith('one-node', [component]);
    for (const address of ['192.0.2.7', '10.1.2.3', '2001:db8::7'])
      expect(may(resources, address, 'netconf-gateway', port)).toBe(true);
    expect(may(resources, '169.254.169.254', 'netconf-gateway', port)).toBe(false);
    for (const to of Object.keys(table).filter((name) => name !== 'netconf-gateway'))
      expect(may(resources, '192.0.2.7', to, port)).toBe(false);
    expect(may(render('one-node'), '192.0.2.7', 'netconf-gateway', port)).toBe(false);
    const others = components.map(([, other]) => other.port).filter((other) => other !== port);
    for (const at of [8080, 830, 6513, ...others])
      expect(may(resources, '192.0.2.7', 'netconf-gateway', at)).toBe(false);
  });
});
