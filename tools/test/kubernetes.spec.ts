import { spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';

import { busServices } from '@interlock/contracts';
import { beforeAll, describe, expect, it } from '@jest/globals';
import { suiteWhere } from '@interlock/testing';

import { kubernetesFiles } from '../deploy/kubernetes-overlays.mjs';
import { images, ownImage } from '../deploy/images.mjs';
import { replicasOf, services as table } from '../deploy/services.mjs';
import { services as configured, variablesOf } from '../docs/configuration.mjs';
import { plainVariables } from '../docs/plain-variables.mjs';
import { root } from '../run/node.mjs';
import {
  containersOf,
  filesIn,
  folder,
  isBuiltIn,
  kindOf,
  mayReach,
  namesOf,
  namespace,
  operatedPostgres,
  render,
  renderWith,
  selects,
  unknownFields,
  workloads,
  type Container,
  type End,
  type Resource,
} from './kubernetes-parts.js';

const services = Object.keys(table);
const own = [...services, 'edge'];
const guide = readFileSync(join(root, 'docs/kubernetes.md'), 'utf8');
const missing = spawnSync('kubectl', ['version', '--client']).status === 0 ? [] : ['kubectl'];

const labels = (name: string): { readonly [key: string]: string } => ({
  'app.kubernetes.io/name': name,
  'app.kubernetes.io/part-of': 'interlock',
});
const pod = (name: string): End => ({ pod: labels(name) });
const portOf = ({ containers }: { readonly containers: readonly Container[] }, name: string): number =>
  containers.flatMap(({ ports = [] }) => ports).find((port) => port.name === name)?.containerPort ?? 0;

describe('deploy/kubernetes', () => {
  const files = filesIn(folder).map((file) => file.slice(folder.length + 1));
  const textOf = (file: string): string => readFileSync(join(folder, file), 'utf8');

  it('has no generated file that the generator no longer makes', () => {
    const generated = files.filter((file) => textOf(file).startsWith('# Made from tools/deploy'));
    expect(generated.sort()).toEqual(Object.keys(kubernetesFiles).sort());
  });

  it('holds no secret, and takes every image from the one table', () => {
    for (const file of files) {
      expect(textOf(file)).not.toMatch(/^kind: Secret$/m);
      for (const [, image] of textOf(file).matchAll(/^ +image(?:Name)?: (\S+)$/gm))
        expect([...Object.values(images), ownImage]).toContain(image);
    }
  });
});

const variants: readonly (readonly [string, () => readonly Resource[]])[] = [
  ['one-node', () => render('one-node')],
  ['three-nodes', () => render('three-nodes')],
  ['two-regions', () => render('two-regions')],
  ['two-regions-standby', () => render('two-regions-standby')],
  [
    'one-node with oidc, s3, otlp, external-secrets and both call-home',
    () => renderWith('one-node', ['oidc', 's3', 'otlp', 'external-secrets', 'call-home', 'call-home-tls']),
  ],
];

for (const [title, rendered] of variants)
  suiteWhere(describe, `Kubernetes, ${title}`, missing, () => {
    let resources: readonly Resource[];
    beforeAll(() => {
      resources = rendered();
    });

    it('is valid by the schemas of Kubernetes', async () => {
      const builtIn = resources.filter(isBuiltIn);
      for (const resource of builtIn) {
        const models = (await import(`kubernetes-models/${resource.apiVersion}`)) as {
          readonly [kind: string]: new (data: unknown) => { readonly validate: () => void };
        };
        const Model = models[resource.kind]!;
        expect(() => new Model(resource).validate()).not.toThrow();
      }
      expect(builtIn.length).toBeGreaterThan(50);
    });

    it('lies in one namespace, which admits restricted pods only', () => {
      expect(kindOf(resources, 'Namespace')).toMatchObject([
        { metadata: { name: 'interlock', labels: { 'pod-security.kubernetes.io/enforce': 'restricted' } } },
      ]);
      for (const { kind, metadata } of resources)
        if (kind !== 'Namespace')
          expect([metadata.name, metadata.namespace]).toEqual([metadata.name, 'interlock']);
    });

    it('selects with every selector the pods that it means', () => {
      const pods = [
        ...workloads(resources).map(({ spec }) => spec.template!.metadata.labels),
        operatedPostgres,
      ];
      for (const { kind, metadata, spec } of resources) {
        if (kind === 'Deployment' || kind === 'StatefulSet')
          expect([metadata.name, selects(spec.template!.metadata.labels, spec.selector!)]).toEqual([
            metadata.name,
            true,
          ]);
        if (kind === 'PodDisruptionBudget' || kind === 'Service') {
          const selector = kind === 'Service' ? { matchLabels: spec.selector! } : spec.selector!;
          expect([metadata.name, pods.some((one) => selects(one, selector as never))]).toEqual([
            metadata.name,
            true,
          ]);
        }
      }
    });

    it('refers to config maps, claims, accounts and Deployments that exist, and to secrets that the guide names', () => {
      for (const { metadata, spec } of workloads(resources)) {
        const { volumes, serviceAccountName } = spec.template!.spec;
        expect(namesOf(resources, 'ServiceAccount')).toContain(serviceAccountName);
        expect(serviceAccountName).toBe(metadata.name);
        for (const { secret, configMap, persistentVolumeClaim } of volumes) {
          if (secret !== undefined) expect(guide).toContain(`\`${secret.secretName}\``);
          if (configMap !== undefined) expect(namesOf(resources, 'ConfigMap')).toContain(configMap.name);
          if (persistentVolumeClaim !== undefined)
            expect(namesOf(resources, 'PersistentVolumeClaim')).toContain(persistentVolumeClaim.claimName);
        }
      }
      for (const { envFrom = [] } of workloads(resources).flatMap(containersOf))
        for (const { configMapRef } of envFrom)
          expect(namesOf(resources, 'ConfigMap')).toContain(configMapRef.name);
      for (const { spec } of kindOf(resources, 'HorizontalPodAutoscaler'))
        expect(namesOf(resources, 'Deployment')).toContain(spec.scaleTargetRef!.name);
    });

    it('mounts only volumes that the pod has, each once', () => {
      for (const workload of workloads(resources)) {
        const claims = workload.kind === 'StatefulSet' ? ['data'] : [];
        const volumes = [...workload.spec.template!.spec.volumes.map(({ name }) => name), ...claims];
        expect(new Set(volumes).size).toBe(volumes.length);
        for (const { volumeMounts } of containersOf(workload)) {
          for (const { name } of volumeMounts) expect(volumes).toContain(name);
          expect(new Set(volumeMounts.map(({ mountPath }) => mountPath)).size).toBe(volumeMounts.length);
        }
      }
    });

    it('confines every container, and gives no pod a token of the cluster', () => {
      for (const workload of workloads(resources)) {
        expect(workload.spec.template!.spec).toMatchObject({
          automountServiceAccountToken: false,
          enableServiceLinks: false,
          securityContext: { runAsNonRoot: true, seccompProfile: { type: 'RuntimeDefault' } },
        });
        for (const { securityContext, resources: asked } of containersOf(workload)) {
          expect(securityContext).toEqual({
            allowPrivilegeEscalation: false,
            readOnlyRootFilesystem: true,
            capabilities: { drop: ['ALL'] },
          });
          expect(asked).toMatchObject({
            requests: { cpu: expect.any(String), memory: expect.any(String) },
            limits: { memory: expect.any(String) },
          });
        }
      }
    });

    it('sets only variables that the configuration documents', () => {
      const known = new Set([
        ...plainVariables.map(([name]) => name),
        ...[...configured(), 'edge'].flatMap((service) => variablesOf(service).map(({ name }) => name)),
        ...services.map(replicasOf),
      ]);
      const ours = workloads(resources)
        .flatMap(containersOf)
        .filter(({ image }) => image === 'interlock:local')
        .flatMap(({ env = [] }) => env.map(({ name }) => name));
      const settings = kindOf(resources, 'ConfigMap')
        .filter(({ metadata }) => metadata.name.startsWith('interlock-'))
        .flatMap(({ data = {} }) => Object.keys(data));
      expect(settings.length).toBeGreaterThan(5);
      const unknown = [...new Set([...ours, ...settings])].filter(
        (name) => !known.has(name) && !known.has(name.replace(/_FILE$/, '')),
      );
      expect(unknown).toEqual([]);
    });

    it('asks each service at its port and paths, and sends requests there', () => {
      for (const name of own) {
        const [deployment] = kindOf(resources, 'Deployment').filter(({ metadata }) => metadata.name === name);
        const { spec } = deployment!.spec.template!;
        const [container] = spec.containers;
        expect([name, portOf(spec, 'http')]).toEqual([name, 8080]);
        expect(container!.startupProbe?.httpGet).toEqual({
          path: name === 'edge' ? '/health/live' : '/health/ready',
          port: 'http',
        });
        expect(container!.readinessProbe?.httpGet).toEqual({ path: '/health/live', port: 'http' });
        expect(container!.livenessProbe?.httpGet).toEqual({ path: '/health/live', port: 'http' });
        const [service] = kindOf(resources, 'Service').filter(({ metadata }) => metadata.name === name);
        expect(service!.spec.ports).toMatchObject([{ name: 'http', port: 8080, targetPort: 8080 }]);
      }
    });

    it('lets a service start only after `prepare` of its build', () => {
      for (const { metadata, spec } of kindOf(resources, 'Deployment'))
        expect(spec.template!.spec.initContainers?.map(({ args }) => args)).toEqual(
          metadata.name === 'edge' ? undefined : [['await']],
        );
      expect(namesOf(resources, 'Job')).toEqual(['prepare']);
    });

    it('gives every service a budget for disruptions', () =>
      expect(namesOf(resources, 'PodDisruptionBudget')).toEqual(expect.arrayContaining(own)));

    it('fits the pools of all services, while they are updated, into Postgres', () => {
      const [cluster] = kindOf(resources, 'Cluster');
      const argument = workloads(resources)
        .flatMap(containersOf)
        .flatMap(({ args = [] }) => args)
        .flatMap((one) => /^max_connections=(\d+)$/.exec(one)?.[1] ?? []);
      const most = Number(cluster?.spec.postgresql?.parameters.max_connections ?? argument[0]);
      const settings = kindOf(resources, 'ConfigMap').flatMap(({ data = {} }) => Object.entries(data));
      const pool = Number(settings.find(([name]) => name === 'DATABASE_POOL_MAX')![1]);
      const [prepare] = kindOf(resources, 'Job');
      const env = containersOf(prepare!)[0]!.env ?? [];
      let connections = 0;
      for (const name of services) {
        const allowed = Number(env.find((one) => one.name === replicasOf(name))!.value);
        const [deployment] = kindOf(resources, 'Deployment').filter(({ metadata }) => metadata.name === name);
        const [scaler] = kindOf(resources, 'HorizontalPodAutoscaler').filter(
          ({ metadata }) => metadata.name === name,
        );
        expect(scaler?.spec.maxReplicas ?? deployment!.spec.replicas ?? 1).toBeLessThan(allowed);
        connections += allowed * pool;
      }
      // Postgres keeps some for superusers and for replication.
      expect(connections).toBeLessThanOrEqual(most - 15);
    });

    describe('its network policies', () => {
      const may = (from: End, to: End, port: number): boolean =>
        mayReach(kindOf(resources, 'NetworkPolicy'), from, to, port);
      const database = (): End =>
        kindOf(resources, 'Cluster').length === 0 ? pod('postgres') : { pod: operatedPostgres };
      const parts = [...own, 'prepare', 'nats', 'postgres', 'event-store', 'stranger'];
      const reachers = (to: string, port: number): readonly string[] =>
        parts.filter((from) => from !== to && may(pod(from), pod(to), port)).sort();

      it('let those use the bus whom its table lets in', () =>
        expect(reachers('nats', 4222)).toEqual([...busServices, 'prepare'].sort()));

      it('let the services use the database, and not the edge', () => {
        const mayUse = parts.filter((from) => from !== 'postgres' && may(pod(from), database(), 5432));
        expect(mayUse.sort()).toEqual([...services, 'prepare'].sort());
      });

      it('let the services and the edge use the log', () => {
        if (namesOf(resources, 'StatefulSet').includes('event-store'))
          expect(reachers('event-store', 2113)).toEqual([...own].sort());
        else expect(reachers('event-store', 2113)).toEqual([]);
      });

      it('let only the edge reach every service, and the services only the edge', () => {
        for (const name of services) expect([name, reachers(name, 8080)]).toEqual([name, ['edge']]);
        expect(reachers('edge', 8080)).toEqual([...services].sort());
      });

      it('let nothing reach another port of a part', () => {
        for (const to of own)
          for (const port of [22, 2113, 4222, 5432, 9229]) expect([to, reachers(to, port)]).toEqual([to, []]);
        expect(reachers('nats', 8222)).toEqual([]);
        expect(reachers('stranger', 8080)).toEqual([]);
        expect(reachers('prepare', 8080)).toEqual([]);
      });

      it('let other namespaces in by their labels alone', () => {
        const other: End = { namespace: { 'kubernetes.io/metadata.name': 'other' } };
        for (const to of parts)
          for (const port of [8080, 4222, 5432, 2113, 8222]) expect(may(other, pod(to), port)).toBe(false);
        expect(own.filter((to) => may(namespace('ingress'), pod(to), 8080))).toEqual(['edge']);
        expect(own.filter((to) => may(namespace('metrics'), pod(to), 8080))).toEqual(own);
        expect(parts.filter((to) => may(namespace('bus'), pod(to), 4222))).toEqual(['nats']);
        expect(own.filter((to) => may(namespace('alertmanager'), pod(to), 8080))).toEqual(['alerting']);
      });

      it('open addresses outside to those that need them, and never those of metadata services', () => {
        const blocks = kindOf(resources, 'NetworkPolicy').flatMap(({ metadata, spec }) =>
          (spec.egress ?? []).flatMap(({ to = [], ports }) =>
            to.flatMap(({ ipBlock }) =>
              ipBlock === undefined
                ? []
                : own
                    .filter((name) => selects(labels(name), spec.podSelector!))
                    .map((name) => ({
                      policy: metadata.name,
                      name,
                      ipBlock,
                      ports: ports.map(({ port }) => port),
                    })),
            ),
          ),
        );
        const always = Object.entries(table).flatMap(
          ([name, one]): readonly (readonly [string, readonly number[]])[] =>
            'outside' in one ? [[name, one.outside.ports]] : [],
        );
        expect(always.map(([name]) => name)).toEqual(['netconf-gateway', 'agent-gateway', 'alerting']);
        for (const [name, ports] of always)
          expect(
            blocks.filter((one) => one.name === name && one.policy === `${name}-to-outside`),
          ).toMatchObject([
            { ipBlock: { cidr: '0.0.0.0/0' }, ports },
            { ipBlock: { cidr: '::/0' }, ports },
          ]);
        const added = new Set(
          blocks.map(({ policy }) => policy).filter((one) => !one.endsWith('-to-outside')),
        );
        for (const policy of added)
          expect(['clients-to-event-store', 'all-to-identity-provider', 'audit-to-s3']).toContain(policy);
        for (const { ipBlock } of blocks)
          expect(ipBlock.except).toContain(ipBlock.cidr === '::/0' ? 'fe80::/10' : '169.254.0.0/16');
      });
    });
  });

suiteWhere(describe, 'the overlays of Kubernetes', missing, () => {
  it('run one of everything on one node, with the embedded log', () => {
    const resources = render('one-node');
    expect(namesOf(resources, 'StatefulSet')).toEqual(['event-store', 'nats', 'postgres']);
    for (const { spec } of workloads(resources)) expect(spec.replicas ?? 1).toBe(1);
    expect(kindOf(resources, 'HorizontalPodAutoscaler')).toEqual([]);
  });

  it('run two or more of every service on three nodes, and three of bus and database', () => {
    const resources = render('three-nodes');
    for (const name of own) {
      const [scaler] = kindOf(resources, 'HorizontalPodAutoscaler').filter(
        ({ metadata }) => metadata.name === name,
      );
      const [deployment] = kindOf(resources, 'Deployment').filter(({ metadata }) => metadata.name === name);
      expect([name, scaler?.spec.minReplicas ?? deployment!.spec.replicas]).toEqual([name, 2]);
      // A scaler and a fixed number would undo each other.
      expect([name, scaler !== undefined && deployment!.spec.replicas !== undefined]).toEqual([name, false]);
    }
    expect(kindOf(resources, 'StatefulSet')).toMatchObject([
      { metadata: { name: 'nats' }, spec: { replicas: 3 } },
    ]);
    expect(kindOf(resources, 'Cluster')).toMatchObject([{ spec: { instances: 3 } }]);
    for (const { spec } of kindOf(resources, 'PersistentVolumeClaim'))
      expect(spec.accessModes).toEqual(['ReadWriteMany']);
    const settings = kindOf(resources, 'ConfigMap').flatMap(({ data = {} }) => Object.entries(data));
    expect(settings).toContainEqual(['NATS_STREAM_REPLICAS', '3']);
  });

  it('run no service in the standby region, whose Postgres follows the first', () => {
    const resources = render('two-regions-standby');
    for (const { metadata, spec } of kindOf(resources, 'Deployment'))
      expect([metadata.name, spec.replicas]).toEqual([metadata.name, 0]);
    expect(kindOf(resources, 'Job')).toMatchObject([{ spec: { suspend: true } }]);
    expect(kindOf(resources, 'Cluster')).toMatchObject([{ spec: { replica: { enabled: true } } }]);
  });

  it('connect to Postgres with TLS where an operator runs it', () => {
    for (const workload of kindOf(render('three-nodes'), 'Deployment', 'Job'))
      for (const { env = [] } of containersOf(workload))
        for (const { name, value } of env)
          if (name === 'DATABASE_URL') expect(value).toContain('sslmode=verify-full');
  });
});

suiteWhere(describe, 'the fields of all manifests', missing, () => {
  it('are known to Kubernetes', () => {
    const texts = variants.flatMap(([, rendered]) =>
      rendered()
        .filter(isBuiltIn)
        .map((one) => JSON.stringify(one)),
    );
    const distinct = [...new Set(texts)].map((text) => JSON.parse(text) as Resource);
    const service = distinct.find(({ kind }) => kind === 'Service')!;
    const wrong = { ...service, spec: { ...service.spec, portz: [] } } as Resource;
    expect(unknownFields([...distinct, wrong])).toEqual([
      expect.stringContaining('\'"portz"\' does not exist'),
    ]);
  });
});
