import { spawnSync } from 'node:child_process';
import { mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { BlockList, isIPv6 } from 'node:net';
import { tmpdir } from 'node:os';
import { join, relative } from 'node:path';

import ts from 'typescript';

import { readDocuments } from '../deploy/read.mjs';
import { root } from '../run/node.mjs';

export const folder = join(root, 'deploy/kubernetes');

type Labels = { readonly [key: string]: string };
export type Selector = {
  readonly matchLabels?: Labels;
  readonly matchExpressions?: readonly { key: string; operator: string; values: string[] }[];
};
type Env = { readonly name: string; readonly value?: string };
type Probe = { readonly httpGet?: { readonly path: string; readonly port: string } };
export type Container = {
  readonly name: string;
  readonly image: string;
  readonly args?: readonly string[];
  readonly env?: readonly Env[];
  readonly envFrom?: readonly { readonly configMapRef: { readonly name: string } }[];
  readonly ports?: readonly { readonly name: string; readonly containerPort: number }[];
  readonly volumeMounts: readonly { readonly name: string; readonly mountPath: string }[];
  readonly securityContext: unknown;
  readonly resources: { readonly requests: unknown; readonly limits: { readonly memory: string } };
  readonly startupProbe?: Probe;
  readonly readinessProbe?: Probe;
  readonly livenessProbe?: Probe;
};
type Volume = {
  readonly name: string;
  readonly secret?: { readonly secretName: string };
  readonly configMap?: { readonly name: string };
  readonly persistentVolumeClaim?: { readonly claimName: string };
};
type Pod = {
  readonly serviceAccountName: string;
  readonly automountServiceAccountToken: boolean;
  readonly securityContext: unknown;
  readonly initContainers?: readonly Container[];
  readonly containers: readonly Container[];
  readonly volumes: readonly Volume[];
  readonly affinity?: unknown;
  readonly terminationGracePeriodSeconds?: number;
  readonly topologySpreadConstraints?: readonly {
    readonly topologyKey: string;
    readonly whenUnsatisfiable: string;
  }[];
};
type Peer = {
  readonly podSelector?: Selector;
  readonly namespaceSelector?: Selector;
  readonly ipBlock?: { readonly cidr: string; readonly except: readonly string[] };
};
type Port = { readonly port: number };
type Spec = {
  readonly replicas?: number;
  readonly type?: string;
  readonly externalTrafficPolicy?: string;
  readonly strategy?: { readonly type: string; readonly rollingUpdate?: unknown };
  readonly maxUnavailable?: number;
  readonly unhealthyPodEvictionPolicy?: string;
  readonly affinity?: { readonly podAntiAffinityType: string };
  readonly minReplicas?: number;
  readonly maxReplicas?: number;
  readonly suspend?: boolean;
  readonly selector?: Selector & Labels;
  readonly podSelector?: Selector;
  readonly policyTypes?: readonly string[];
  readonly ingress?: readonly { readonly from?: readonly Peer[]; readonly ports: readonly Port[] }[];
  readonly egress?: readonly { readonly to?: readonly Peer[]; readonly ports: readonly Port[] }[];
  readonly template?: { readonly metadata: { readonly labels: Labels }; readonly spec: Pod };
  readonly scaleTargetRef?: { readonly name: string };
  readonly ports?: readonly { readonly name: string; readonly targetPort: number }[];
  readonly accessModes?: readonly string[];
  readonly instances?: number;
  readonly postgresql?: { readonly parameters: { readonly max_connections: string } };
  readonly replica?: { readonly enabled: boolean };
};
export type Resource = {
  readonly apiVersion: string;
  readonly kind: string;
  readonly metadata: { readonly name: string; readonly namespace?: string; readonly labels?: Labels };
  readonly spec: Spec;
  readonly data?: Labels;
};

/** The resources of some kinds. */
export const kindOf = (resources: readonly Resource[], ...kinds: string[]): readonly Resource[] =>
  resources.filter(({ kind }) => kinds.includes(kind));
/** The names of the resources of some kinds. */
export const namesOf = (resources: readonly Resource[], ...kinds: string[]): readonly string[] =>
  kindOf(resources, ...kinds).map(({ metadata }) => metadata.name);
/** The resources that run pods. */
export const workloads = (resources: readonly Resource[]): readonly Resource[] =>
  kindOf(resources, 'Deployment', 'StatefulSet', 'Job');
/** The containers of a workload, those that run first before the others. */
export const containersOf = ({ spec }: Resource): readonly Container[] => [
  ...(spec.template!.spec.initContainers ?? []),
  ...spec.template!.spec.containers,
];

/** Every file below a folder, with its path. */
export const filesIn = (at: string): readonly string[] =>
  readdirSync(at, { withFileTypes: true }).flatMap((entry) =>
    entry.isDirectory() ? filesIn(join(at, entry.name)) : [join(at, entry.name)],
  );

const kustomize = (at: string): readonly Resource[] => {
  const { status, stdout, stderr } = spawnSync('kubectl', ['kustomize', at], {
    encoding: 'utf8',
    maxBuffer: 64 * 1024 * 1024,
  });
  if (status !== 0) throw new Error(`kubectl kustomize ${at}: ${stderr}`);
  return readDocuments(stdout) as Resource[];
};

/** The resources of an overlay, as `kubectl apply -k` would send them. */
export const render = (overlay: string): readonly Resource[] => kustomize(join(folder, 'overlays', overlay));

/** The same with further components, from an overlay of a user's own. */
export const renderWith = (overlay: string, components: readonly string[]): readonly Resource[] => {
  const own = mkdtempSync(join(tmpdir(), 'interlock-kubernetes-'));
  const from = (path: string): string => relative(own, join(folder, path));
  writeFileSync(
    join(own, 'kustomization.yaml'),
    JSON.stringify({
      namespace: 'interlock',
      resources: [from(`overlays/${overlay}`)],
      components: components.map((name) => from(`components/${name}`)),
    }),
  );
  try {
    return kustomize(own);
  } finally {
    rmSync(own, { recursive: true });
  }
};

/** True for a resource that Kubernetes itself defines, and not an operator. */
export const isBuiltIn = ({ apiVersion }: Resource): boolean =>
  !apiVersion.includes('.') || apiVersion.split('/')[0]!.endsWith('.k8s.io');

/**
 * The fields that Kubernetes does not know, as TypeScript names them. The published schemas allow
 * further members, but the types made from them do not.
 */
export const unknownFields = (resources: readonly Resource[]): readonly string[] => {
  const file = join(root, 'tools/test/rendered-manifests.ts');
  const text = resources
    .map(
      (one, n) =>
        `import type { I${one.kind} as T${n} } from 'kubernetes-models/${one.apiVersion}';\nexport const r${n}: T${n} = ${JSON.stringify(one)};`,
    )
    .join('\n');
  const options: ts.CompilerOptions = {
    noEmit: true,
    strict: true,
    skipLibCheck: true,
    types: [],
    target: ts.ScriptTarget.ES2022,
    module: ts.ModuleKind.ESNext,
    moduleResolution: ts.ModuleResolutionKind.Bundler,
  };
  const host = ts.createCompilerHost(options);
  const { fileExists, readFile, getSourceFile } = host;
  host.fileExists = (name) => name === file || fileExists.call(host, name);
  host.readFile = (name) => (name === file ? text : readFile.call(host, name));
  host.getSourceFile = (name, version, ...rest) =>
    name === file
      ? ts.createSourceFile(name, text, version, true)
      : getSourceFile.call(host, name, version, ...rest);
  return ts
    .getPreEmitDiagnostics(ts.createProgram([file], options, host))
    .map(({ messageText }) => ts.flattenDiagnosticMessageText(messageText, '\n'));
};

/** True if a selector chooses what has these labels. */
export const selects = (labels: Labels, { matchLabels = {}, matchExpressions = [] }: Selector): boolean =>
  Object.entries(matchLabels).every(([key, value]) => labels[key] === value) &&
  matchExpressions.every(
    ({ key, operator, values }) => operator === 'In' && values.includes(labels[key] ?? ''),
  );

/**
 * A pod of the namespace by its labels, a pod of another namespace by that one's labels, or an
 * address.
 */
export type End = { readonly pod?: Labels; readonly namespace?: Labels; readonly address?: string };
const isPeer = ({ podSelector, namespaceSelector, ipBlock }: Peer, end: End): boolean => {
  if (ipBlock !== undefined) return end.address !== undefined && isIn(end.address, ipBlock);
  if (namespaceSelector !== undefined)
    return end.namespace !== undefined && selects(end.namespace, namespaceSelector);
  return end.pod !== undefined && podSelector !== undefined && selects(end.pod, podSelector);
};

const familyOf = (address: string): 'ipv4' | 'ipv6' => (isIPv6(address) ? 'ipv6' : 'ipv4');
const blocksOf = (cidrs: readonly string[]): BlockList => {
  const blocks = new BlockList();
  for (const cidr of cidrs) {
    const [network = '', bits = ''] = cidr.split('/');
    blocks.addSubnet(network, Number(bits), familyOf(network));
  }
  return blocks;
};
const isIn = (address: string, { cidr, except }: NonNullable<Peer['ipBlock']>): boolean => {
  const family = familyOf(address);
  // A list of Node holds IPv4 addresses to lie in `::/0`.
  if (familyOf(cidr.split('/')[0]!) !== family) return false;
  return blocksOf([cidr]).check(address, family) && !blocksOf(except).check(address, family);
};

/** A pod of another namespace that has the label of a use. */
export const namespace = (name: string): End => ({ namespace: { [`interlock/${name}`]: 'true' } });

/**
 * The labels of every pod that CloudNativePG makes for a cluster: its instances, and the Jobs that
 * set one up. Those Jobs inherit no label of the resource.
 */
export const operatedPostgres: Labels = {
  'app.kubernetes.io/name': 'postgresql',
  'app.kubernetes.io/managed-by': 'cloudnative-pg',
  'cnpg.io/cluster': 'postgres',
  'cnpg.io/jobRole': 'initdb',
};

/** Whether the policies let one end open a connection to another at a TCP port. */
export const mayReach = (policies: readonly Resource[], from: End, to: End, port: number): boolean => {
  const allows = (pod: Labels, other: End, direction: 'ingress' | 'egress'): boolean => {
    const type = direction === 'ingress' ? 'Ingress' : 'Egress';
    const chosen = policies.filter(
      ({ spec }) => spec.policyTypes?.includes(type) === true && selects(pod, spec.podSelector ?? {}),
    );
    if (chosen.length === 0) return true;
    return chosen.some(({ spec }) => {
      const rules =
        direction === 'ingress'
          ? (spec.ingress ?? []).map(({ from: peers, ports }) => ({ peers, ports }))
          : (spec.egress ?? []).map(({ to: peers, ports }) => ({ peers, ports }));
      return rules.some(
        ({ peers, ports }) =>
          ports.some((one) => one.port === port) &&
          (peers === undefined || peers.some((peer) => isPeer(peer, other))),
      );
    });
  };
  return (
    (from.pod === undefined || allows(from.pod, to, 'egress')) &&
    (to.pod === undefined || allows(to.pod, from, 'ingress'))
  );
};
