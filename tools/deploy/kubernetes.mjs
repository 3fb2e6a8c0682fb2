import { dump } from 'js-yaml';

import { ownImage } from './images.mjs';
import { httpPort, networkPolicies, podsOf } from './reach.mjs';
import { bus, given, log, login, replicasOf, services, telemetry, tokens } from './services.mjs';

/** The names of the services, without the edge. */
export const names = Object.keys(services);
/** How many instances a service with a `lag` may grow to; the others run two. */
export const mostInstances = 4;

const isSetting = (value) => value.includes('${');
/** A value of compose with its default in place of each variable. */
const resolved = (value) => {
  const next = value.replace(/\$\{\w+:-([^${}]*)\}/g, '$1');
  return next === value ? value : resolved(next);
};

const common = { ...log, ...bus, ...tokens, ...telemetry };
/** All that compose lets be set, with its defaults: one config map, which overlays change. */
const settings = Object.fromEntries(
  Object.entries(
    Object.assign({}, common, login, ...names.map((name) => services[name].environment ?? {}), {
      // An update runs one instance more than before, so the pools are smaller than in compose.
      DATABASE_POOL_MAX: '${DATABASE_POOL_MAX:-6}',
    }),
  )
    .filter(([, value]) => isSetting(value))
    .map(([name, value]) => [name, resolved(value)])
    .filter(([, value]) => value !== ''),
);

const entries = (environment) =>
  Object.entries(environment)
    .filter(([, value]) => !isSetting(value))
    .map(([name, value]) => ({ name, value }));

/** The labels of a part; `extra` has further ones. */
export const labelsOf = (name) => ({
  'app.kubernetes.io/name': name,
  'app.kubernetes.io/part-of': 'interlock',
});
export const object = (apiVersion, kind, name, rest, labels = labelsOf(name)) => ({
  apiVersion,
  kind,
  metadata: { name, labels },
  ...rest,
});

/** What every container may: nothing but write to its volumes. */
export const confined = {
  allowPrivilegeEscalation: false,
  readOnlyRootFilesystem: true,
  capabilities: { drop: ['ALL'] },
};
/** The user of our image, and of others that run as any user. */
const nodeUser = 1000;
/** A pod without a token of the cluster. */
export const podOf = (name, rest) => ({
  serviceAccountName: name,
  automountServiceAccountToken: false,
  enableServiceLinks: false,
  securityContext: {
    runAsNonRoot: true,
    runAsUser: nodeUser,
    runAsGroup: nodeUser,
    fsGroup: nodeUser,
    fsGroupChangePolicy: 'OnRootMismatch',
    seccompProfile: { type: 'RuntimeDefault' },
  },
  ...rest,
});
/** The secret of a part, as files that only its user may read. */
export const secretVolume = (name, secretName) => ({ name, secret: { secretName, defaultMode: 0o440 } });
export const filesMount = { name: 'files', mountPath: given, readOnly: true };
const scratch = ['tmp', 'var-tmp'].map((name) => ({ name, emptyDir: { sizeLimit: '256Mi' } }));
const scratchMounts = [
  { name: 'tmp', mountPath: '/tmp' },
  { name: 'var-tmp', mountPath: '/var/tmp' },
];
/** Requests and a limit of memory; CPU has no limit, because a throttled service looks dead. */
export const resources = (cpu, memory, limit) => ({
  requests: { cpu, memory },
  limits: { memory: limit },
});

const ownContainer = (name, args, rest) => ({
  name,
  image: ownImage,
  imagePullPolicy: 'IfNotPresent',
  args,
  securityContext: confined,
  ...rest,
});

const http = (path) => ({ httpGet: { path, port: 'http' } });
/**
 * A new instance must answer `/health/ready` once, so a rollout waits for it. After that it must
 * only live. A shared part that is away makes every instance unready at once, and Kubernetes would
 * then take all of them out, the kill switch among them.
 */
const probes = (start) => ({
  startupProbe: { ...http(start), periodSeconds: 5, timeoutSeconds: 5, failureThreshold: 120 },
  readinessProbe: { ...http('/health/live'), periodSeconds: 5, timeoutSeconds: 5, failureThreshold: 3 },
  livenessProbe: { ...http('/health/live'), periodSeconds: 10, timeoutSeconds: 10, failureThreshold: 6 },
  // Requests still come while the endpoints forget this instance.
  lifecycle: { preStop: { exec: { command: ['node', '-e', 'setTimeout(() => {}, 5000)'] } } },
});

/**
 * Spreads a part's pods over machines and zones. Where `strict`, two never share a machine: the
 * loss of one must not take the majority of a cluster with it.
 */
export const spread = (name, strict = false) =>
  ['kubernetes.io/hostname', 'topology.kubernetes.io/zone'].map((topologyKey, n) => ({
    maxSkew: 1,
    topologyKey,
    whenUnsatisfiable: strict && n === 0 ? 'DoNotSchedule' : 'ScheduleAnyway',
    labelSelector: podsOf([name]),
  }));

/** The address of the database, as the role of a part. */
export const databaseOf = (role, options = '') => ({
  name: 'DATABASE_URL',
  value: `postgres://${role}@postgres:5432/interlock${options}`,
});
export const roleOf = (name) => `interlock_${name.replaceAll('-', '_')}`;
const databasePassword = (file) => ({ name: 'DATABASE_PASSWORD_FILE', value: `${given}/${file}` });

/** The volumes that hold a part's own data: from claims, the secret of keys, or the pod itself. */
const dataOf = {
  edge: { claims: { '/data/state': 'edge-state' } },
  alerting: { own: { '/data/state': 'state' } },
  audit: {
    claims: {
      '/data/state': 'audit-state',
      '/data/mirror': 'audit-mirror',
      '/data/archive': 'audit-archive',
    },
    secrets: { '/data/keys': 'audit-keys' },
  },
};
/** The claims, with the sizes that a user changes. */
const claims = { 'edge-state': '1Gi', 'audit-state': '1Gi', 'audit-mirror': '1Gi', 'audit-archive': '20Gi' };
export const claimNames = Object.keys(claims);
/** The parts that keep data in claims. */
export const claimants = Object.keys(dataOf).filter((name) => dataOf[name].claims !== undefined);

const deploymentOf = (name, env, initContainers = []) => {
  const { claims: kept = {}, own = {}, secrets = {} } = dataOf[name] ?? {};
  return object('apps/v1', 'Deployment', name, {
    spec: {
      selector: { matchLabels: { 'app.kubernetes.io/name': name } },
      strategy: { type: 'RollingUpdate', rollingUpdate: { maxSurge: 1, maxUnavailable: 0 } },
      minReadySeconds: 10,
      revisionHistoryLimit: 5,
      template: {
        metadata: { labels: labelsOf(name) },
        spec: podOf(name, {
          terminationGracePeriodSeconds: 60,
          topologySpreadConstraints: spread(name),
          ...(initContainers.length === 0 ? {} : { initContainers }),
          containers: [
            ownContainer(name, [name], {
              ports: [{ name: 'http', containerPort: httpPort }],
              envFrom: [{ configMapRef: { name: 'interlock' } }],
              env,
              ...probes(name === 'edge' ? '/health/live' : '/health/ready'),
              resources: resources('100m', '256Mi', '1Gi'),
              volumeMounts: [
                filesMount,
                ...Object.entries({ ...kept, ...own }).map(([mountPath, volume]) => ({
                  name: volume,
                  mountPath,
                })),
                ...Object.entries(secrets).map(([mountPath, volume]) => ({
                  name: volume,
                  mountPath,
                  readOnly: true,
                })),
                ...scratchMounts,
              ],
            }),
          ],
          volumes: [
            secretVolume('files', name),
            ...Object.values(kept).map((claimName) => ({
              name: claimName,
              persistentVolumeClaim: { claimName },
            })),
            ...Object.values(own).map((volume) => ({ name: volume, emptyDir: { sizeLimit: '64Mi' } })),
            ...Object.values(secrets).map((secret) => secretVolume(secret, secret)),
            ...scratch,
          ],
        }),
      },
    },
  });
};

/** A service account that no pod gets a token of. */
export const accountOf = (name) =>
  object('v1', 'ServiceAccount', name, { automountServiceAccountToken: false });
/** A Service in front of a part's pods. */
export const serviceOf = (name, ports, more = {}) =>
  object('v1', 'Service', name, {
    spec: {
      selector: { 'app.kubernetes.io/name': name },
      ports: Object.entries(ports).map(([port, number]) => ({
        name: port,
        port: number,
        targetPort: number,
      })),
      ...more,
    },
  });
/** A budget for disruptions. A pod that is not ready anyway never keeps a machine from draining. */
export const budgetOf = (name) =>
  object('policy/v1', 'PodDisruptionBudget', name, {
    spec: {
      maxUnavailable: 1,
      unhealthyPodEvictionPolicy: 'AlwaysAllow',
      selector: { matchLabels: { 'app.kubernetes.io/name': name } },
    },
  });

const partOf = (name, env, initContainers) => [
  accountOf(name),
  deploymentOf(name, env, initContainers),
  serviceOf(name, { http: httpPort }),
  budgetOf(name),
];

/** Ends when `prepare` of this very build has ended. */
const schemaOf = (name, database) =>
  ownContainer('schema', ['await'], {
    env: database,
    resources: resources('50m', '128Mi', '512Mi'),
    volumeMounts: [filesMount, ...scratchMounts],
  });

const ownService = (name) => {
  const database = [databaseOf(roleOf(name)), databasePassword('database-password')];
  return partOf(
    name,
    [
      ...entries({ ...log, ...bus, ...tokens }),
      ...database,
      { name: 'CREATE_TABLES_ON_STARTUP', value: 'false' },
      { name: 'PEOPLE_KEY_FILE', value: `${given}/people-key` },
      ...entries(services[name].environment ?? {}),
    ],
    [schemaOf(name, database)],
  );
};

const edge = partOf('edge', [
  ...entries({ ...log, ...bus, ...tokens }),
  { name: 'INTERLOCK_ISSUER_DIR', value: given },
  { name: 'EDGE_SESSION_KEY_FILE', value: `${given}/session-key` },
  { name: 'EDGE_STATE_DIR', value: '/data/state' },
]);

/** A rolling update runs one instance more than the service has. */
const connectionsFor = (name) => (services[name].lag === undefined ? 2 : mostInstances) + 1;

const prepare = [
  accountOf('prepare'),
  object('batch/v1', 'Job', 'prepare', {
    spec: {
      backoffLimit: 20,
      ttlSecondsAfterFinished: 600,
      template: {
        metadata: { labels: labelsOf('prepare') },
        spec: podOf('prepare', {
          restartPolicy: 'OnFailure',
          containers: [
            ownContainer('prepare', ['prepare'], {
              envFrom: [{ configMapRef: { name: 'interlock' } }],
              env: [
                ...entries(bus),
                databaseOf('postgres'),
                databasePassword('superuser-password'),
                { name: 'DATABASE_PASSWORDS_FILE', value: `${given}/database-passwords.json` },
                ...names.map((name) => ({ name: replicasOf(name), value: `${connectionsFor(name)}` })),
                { name: 'EVENT_STORE_USER', value: 'admin' },
                { name: 'EVENT_STORE_PASSWORD_FILE', value: log.EVENT_STORE_PASSWORD_FILE },
              ],
              resources: resources('100m', '256Mi', '1Gi'),
              volumeMounts: [filesMount, ...scratchMounts],
            }),
          ],
          volumes: [secretVolume('files', 'prepare'), ...scratch],
        }),
      },
    },
  }),
];

const storage = Object.entries(claims).map(([name, size]) =>
  object('v1', 'PersistentVolumeClaim', name, {
    spec: { accessModes: ['ReadWriteOnce'], resources: { requests: { storage: size } } },
  }),
);

/** The text of a file of manifests. */
export const yaml = (objects) =>
  [
    '# Made from tools/deploy by `node tools/docs.mjs`; do not edit. How to install: docs/kubernetes.md.',
    ...objects.map((one) => dump(one, { noRefs: true, lineWidth: 160 })),
  ]
    .join('\n---\n')
    .replace('\n---\n', '\n');

const parts = {
  ...Object.fromEntries(names.map((name) => [name, ownService(name)])),
  edge,
  prepare,
  'network-policies': networkPolicies,
  storage,
};

/** The base: every service, the edge, `prepare`, and who may reach what. Objects by file. */
export const base = {
  ...Object.fromEntries(Object.entries(parts).map(([name, objects]) => [`base/${name}.yaml`, objects])),
  'base/kustomization.yaml': [
    {
      apiVersion: 'kustomize.config.k8s.io/v1beta1',
      kind: 'Kustomization',
      resources: Object.keys(parts).map((name) => `${name}.yaml`),
      configMapGenerator: [
        { name: 'interlock', literals: Object.entries(settings).map(([name, value]) => `${name}=${value}`) },
      ],
    },
  ],
};
