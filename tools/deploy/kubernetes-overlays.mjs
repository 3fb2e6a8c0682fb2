import {
  base,
  claimants,
  claimNames,
  mostInstances,
  names,
  object,
  secretVolume,
  serviceOf,
  yaml,
} from './kubernetes.mjs';
import { partFiles, podPatch } from './kubernetes-parts.mjs';
import { fromDevicesPolicy, namespaceOf, outsidePolicy, podsOf, policy } from './reach.mjs';
import { given, services } from './services.mjs';

const own = [...names, 'edge'];

/** Mounts the authority of an EventStoreDB into a part, where EVENT_STORE_URL looks for it. */
const withAuthority = (kind, part, env = []) =>
  podPatch(kind, part, {
    containers: [
      { name: part, env, volumeMounts: [{ name: 'log-ca', mountPath: '/run/log-ca', readOnly: true }] },
    ],
    volumes: [secretVolume('log-ca', 'log-ca')],
  });
const atEventStore = { to: 'devices', ports: [2113] };

/** A secret that `init` made, from a store outside the cluster. */
const externalSecret = (name) =>
  object('external-secrets.io/v1', 'ExternalSecret', name, {
    spec: {
      refreshInterval: '1h',
      secretStoreRef: { kind: 'SecretStore', name: 'interlock' },
      target: { name, creationPolicy: 'Owner' },
      dataFrom: [{ extract: { key: `interlock/${name}` } }],
    },
  });

const scalerOf = (name) =>
  object('autoscaling/v2', 'HorizontalPodAutoscaler', name, {
    spec: {
      scaleTargetRef: { apiVersion: 'apps/v1', kind: 'Deployment', name },
      minReplicas: 2,
      maxReplicas: mostInstances,
      metrics: [
        {
          type: 'External',
          external: {
            metric: {
              name: 'interlock_consumer_lag',
              selector: { matchLabels: { consumer_name: services[name].lag } },
            },
            target: { type: 'AverageValue', averageValue: '100' },
          },
        },
      ],
      behavior: { scaleDown: { stabilizationWindowSeconds: 600 } },
    },
  });

/** Instances on several machines share these folders. */
const shared = (name) => ({
  apiVersion: 'v1',
  kind: 'PersistentVolumeClaim',
  metadata: { name },
  spec: { accessModes: ['ReadWriteMany'] },
});

/**
 * A claim that one machine mounts follows its pod. The new pod of an update starts on the machine
 * of the old one, which may be any one of a cluster.
 */
const besideItself = (name) =>
  podPatch('Deployment', name, {
    affinity: {
      podAffinity: {
        requiredDuringSchedulingIgnoredDuringExecution: [
          { topologyKey: 'kubernetes.io/hostname', labelSelector: podsOf([name]) },
        ],
      },
    },
  });

const gateway = 'netconf-gateway';
/** One instance holds the connections of devices. An update ends it before the next one starts. */
const callHomePatch = (component, { variable, port }) => ({
  ...podPatch('Deployment', gateway, {}),
  spec: {
    strategy: { type: 'Recreate', rollingUpdate: null },
    template: {
      spec: {
        containers: [
          {
            name: gateway,
            env: [{ name: variable, value: `${port}` }],
            ports: [{ name: component, containerPort: port }],
          },
        ],
      },
    },
  },
});
/** Where devices call. The gateway counts callers by address, so it must see their own. */
const callHomeService = (component, { port }) =>
  serviceOf(
    `netconf-${component}`,
    { [component]: port },
    {
      type: 'LoadBalancer',
      externalTrafficPolicy: 'Local',
      selector: { 'app.kubernetes.io/name': gateway },
    },
  );
/** Each transport has a component, because a port is open to every address. */
const callHomeFiles = Object.fromEntries(
  Object.entries(services[gateway].callHome).flatMap(([component, at]) => [
    [`components/${component}/gateway.yaml`, [callHomePatch(component, at)]],
    [
      `components/${component}/service.yaml`,
      [
        callHomeService(component, at),
        fromDevicesPolicy(`${gateway}-from-devices-${component}`, gateway, at.port),
      ],
    ],
  ]),
);

const objects = {
  ...base,
  ...partFiles,
  'components/eventstoredb/authority.yaml': [
    ...own.map((name) => withAuthority('Deployment', name)),
    withAuthority('Job', 'prepare', [{ name: 'EVENT_STORE_USERS_DIR', value: given }]),
  ],
  'components/eventstoredb/clients-to-event-store.yaml': [
    outsidePolicy('clients-to-event-store', own, atEventStore),
  ],
  'components/eventstoredb/network-policies.yaml': [
    outsidePolicy('prepare-to-event-store', ['prepare'], atEventStore),
  ],
  'components/oidc/network-policies.yaml': [
    outsidePolicy('all-to-identity-provider', own, { to: 'devices', ports: [443] }),
  ],
  'components/otlp/network-policies.yaml': [
    policy('all-to-otlp', own, 'egress', [
      { to: [namespaceOf('otlp')], ports: [{ protocol: 'TCP', port: 4318 }] },
    ]),
  ],
  ...callHomeFiles,
  'components/external-secrets/secrets.yaml': [...own, 'prepare', 'nats', 'audit-keys'].map(externalSecret),
  'overlays/one-node/storage.yaml': claimants.map(besideItself),
  'overlays/three-nodes/scaling.yaml': names.filter((name) => services[name].lag !== undefined).map(scalerOf),
  'overlays/three-nodes/storage.yaml': claimNames.map(shared),
};

/** The generated files below `deploy/kubernetes`, by path. The others there are written by hand. */
export const kubernetesFiles = Object.fromEntries(
  Object.entries(objects).map(([path, each]) => [path, yaml(each)]),
);
