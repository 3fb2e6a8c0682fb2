import { readFileSync } from 'node:fs';

import { images } from './images.mjs';
import {
  accountOf,
  budgetOf,
  confined,
  databaseOf,
  filesMount,
  labelsOf,
  names,
  object,
  podOf,
  resources,
  roleOf,
  secretVolume,
  serviceOf,
  spread,
} from './kubernetes.mjs';
import { policiesWith, policy, podsOf, namespaceOf } from './reach.mjs';

const onPorts = (...ports) => ports.map((port) => ({ protocol: 'TCP', port }));
const read = (file) => readFileSync(new URL(`../../deploy/nats/${file}`, import.meta.url), 'utf8');
const server = { podSelector: podsOf(['nats']) };
const natsServers = [0, 1, 2].map((n) => `nats-${n}.nats-servers`);
/** How the servers of a cluster show themselves to each other, as in compose. */
const [routeTls] = /^ {2}tls \{[\s\S]*?^ {2}\}/m.exec(read('cluster.conf'));
/** The configuration of the server in compose; each server of a cluster has the name of its pod. */
const natsConf = (cluster) =>
  [
    read('nats.conf').replace(/^server_name: .*$/m, 'server_name: $POD_NAME'),
    ...(cluster
      ? [
          'cluster {',
          '  name: interlock',
          '  port: 6222',
          routeTls,
          `  routes: [${natsServers.map((server) => `"nats://${server}:6222"`).join(', ')}]`,
          '}',
          '',
        ]
      : []),
  ].join('\n');

const natsContainer = (cluster) => {
  const healthz = (query) => ({ httpGet: { path: `/healthz${query}`, port: 'monitor' } });
  return {
    name: 'nats',
    image: images.nats,
    args: ['--config', '/etc/nats/nats.conf'],
    securityContext: confined,
    env: [
      { name: 'POD_NAME', valueFrom: { fieldRef: { fieldPath: 'metadata.name' } } },
      // Go collects its garbage before the limit of memory ends the server.
      { name: 'GOMEMLIMIT', value: '900MiB' },
    ],
    ports: [
      { name: 'client', containerPort: 4222 },
      { name: 'monitor', containerPort: 8222 },
      ...(cluster ? [{ name: 'cluster', containerPort: 6222 }] : []),
    ],
    startupProbe: { ...healthz(''), periodSeconds: 5, timeoutSeconds: 5, failureThreshold: 120 },
    readinessProbe: { ...healthz('?js-server-only=true'), periodSeconds: 5, timeoutSeconds: 5 },
    livenessProbe: {
      ...healthz('?js-enabled-only=true'),
      ...{ periodSeconds: 10, timeoutSeconds: 10, failureThreshold: 6 },
    },
    resources: resources('100m', '256Mi', '1Gi'),
    volumeMounts: [
      filesMount,
      { name: 'config', mountPath: '/etc/nats', readOnly: true },
      { name: 'data', mountPath: '/data' },
    ],
  };
};

const natsOf = (replicas) => [
  accountOf('nats'),
  object('v1', 'ConfigMap', 'nats', {
    data: { 'nats.conf': natsConf(replicas > 1), 'tenants.conf': read('tenants.conf') },
  }),
  object('apps/v1', 'StatefulSet', 'nats', {
    spec: {
      serviceName: 'nats-servers',
      replicas,
      podManagementPolicy: 'Parallel',
      selector: { matchLabels: { 'app.kubernetes.io/name': 'nats' } },
      template: {
        metadata: { labels: labelsOf('nats') },
        spec: podOf('nats', {
          terminationGracePeriodSeconds: 60,
          ...(replicas > 1 ? { topologySpreadConstraints: spread('nats', true) } : {}),
          containers: [natsContainer(replicas > 1)],
          volumes: [secretVolume('files', 'nats'), { name: 'config', configMap: { name: 'nats' } }],
        }),
      },
      volumeClaimTemplates: [
        {
          metadata: { name: 'data' },
          spec: { accessModes: ['ReadWriteOnce'], resources: { requests: { storage: '10Gi' } } },
        },
      ],
    },
  }),
  serviceOf('nats', { client: 4222 }),
  serviceOf(
    'nats-servers',
    { client: 4222, cluster: 6222 },
    {
      selector: { 'app.kubernetes.io/name': 'nats' },
      clusterIP: 'None',
      publishNotReadyAddresses: true,
    },
  ),
  // The exporter of its figures, from which services are scaled.
  policy('nats-from-metrics', ['nats'], 'ingress', [
    { from: [namespaceOf('metrics')], ports: onPorts(8222) },
  ]),
  ...(replicas > 1
    ? [
        budgetOf('nats'),
        policy('nats-from-nats', ['nats'], 'ingress', [{ from: [server], ports: onPorts(6222) }]),
        policy('nats-to-nats', ['nats'], 'egress', [{ to: [server], ports: onPorts(6222) }]),
      ]
    : []),
];

/** The address of Postgres with TLS, for everything that connects to it. */
const authority = '/run/postgres-ca';
const overTls = `?sslmode=verify-full&sslrootcert=${authority}/ca.crt`;
const caMount = { name: 'postgres-ca', mountPath: authority, readOnly: true };
/** A strategic merge patch of the pods of a Deployment or Job. */
export const podPatch = (kind, name, spec) => ({
  apiVersion: kind === 'Job' ? 'batch/v1' : 'apps/v1',
  kind,
  metadata: { name },
  spec: { template: { spec } },
});
const caVolume = {
  name: 'postgres-ca',
  secret: { secretName: 'postgres-ca', defaultMode: 0o440, items: [{ key: 'ca.crt', path: 'ca.crt' }] },
};
const tlsPatches = [
  ...names.map((name) => {
    const tls = { env: [databaseOf(roleOf(name), overTls)], volumeMounts: [caMount] };
    return podPatch('Deployment', name, {
      initContainers: [{ name: 'schema', ...tls }],
      containers: [{ name, ...tls }],
      volumes: [caVolume],
    });
  }),
  podPatch('Job', 'prepare', {
    containers: [{ name: 'prepare', env: [databaseOf('postgres', overTls)], volumeMounts: [caMount] }],
    volumes: [caVolume],
  }),
];

/**
 * The operator names its pods by its own labels, and gives those that set up an instance no other
 * ones. So the policies of the database select its cluster.
 */
const clusterPatches = policiesWith('postgres', { matchLabels: { 'cnpg.io/cluster': 'postgres' } }).map(
  ({ spec, ...rest }) => ({ ...rest, spec: { $patch: 'replace', ...spec } }),
);

/** The files that name every service, or that repeat the configuration of a part. */
export const partFiles = {
  'components/nats/nats.yaml': natsOf(1),
  'components/nats-cluster/nats.yaml': natsOf(3),
  'components/cloudnative-pg/tls.yaml': tlsPatches,
  'components/cloudnative-pg/network-policies.yaml': clusterPatches,
};
