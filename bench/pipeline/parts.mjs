// Divides a CPU profile's time into parts of the work. Pure: a profile in, figures out.

/** The parts, in printed order; the last one is the rest. */
export const partNames = [
  'log client',
  'bus',
  'validation',
  'hashing',
  'projections',
  'SSH',
  'telemetry',
  'our own code',
  'garbage collection',
  'other threads',
  'rest',
];

const packages = {
  'log client': [
    '@eventstore/db-client',
    '@grpc/grpc-js',
    '@grpc/proto-loader',
    'google-protobuf',
    'protobufjs',
  ],
  bus: ['nats', 'nkeys.js', 'tweetnacl'],
  validation: [
    'class-validator',
    'class-transformer',
    'validator',
    'ajv',
    'ajv-formats',
    'libphonenumber-js',
  ],
  hashing: ['@noble/hashes', '@noble/curves', 'canonicalize'],
  projections: [
    'pg',
    'pg-protocol',
    'pg-pool',
    'pg-types',
    'pg-int8',
    'pg-boss',
    'kysely',
    'postgres-array',
    'postgres-date',
  ],
  SSH: ['ssh2', 'asn1', 'bcrypt-pbkdf', 'saxes'],
  telemetry: ['pino', 'prom-client'],
};
const partOfPackage = new Map(
  Object.entries(packages).flatMap(([part, names]) => names.map((name) => [name, part])),
);
const ownLibraries = {
  eventstore: 'log client',
  jetstream: 'bus',
  tree: 'hashing',
  postgres: 'projections',
  netconf: 'SSH',
};

const partOfOwn = (path) => {
  const [, kind, name, rest] = /^(apps|libs)\/([^/]+)\/(.*)$/.exec(path);
  if (/\.(?:projection|queries|tables)\.[jt]s$/.test(rest)) return 'projections';
  if (/\.dto\.[jt]s$/.test(rest)) return 'validation';
  if (kind === 'libs' && /(?:^|\/)hash\.[jt]s$/.test(rest)) return 'hashing';
  return (kind === 'libs' ? ownLibraries[name] : undefined) ?? 'our own code';
};

/**
 * The part of a frame by its module's path. Undefined if the path does not show it (the runtime
 * itself, general libraries); then the time counts for its caller.
 */
export function partOfFrame({ functionName, url }) {
  if (functionName === '(garbage collector)') return 'garbage collection';
  if (/^node:(?:internal\/)?http2/.test(url)) return 'log client';
  if (/^node:(?:internal\/)?crypto/.test(url)) return 'hashing';
  if (url === '' || url.startsWith('node:')) return undefined;
  const installed = /.*\/node_modules\/((?:@[^/]+\/)?[^/]+)\//.exec(url)?.[1];
  if (installed !== undefined)
    return installed.startsWith('@opentelemetry/') ? 'telemetry' : partOfPackage.get(installed);
  const own = /\/((?:apps|libs)\/[^/]+\/.*)$/.exec(url)?.[1];
  return own === undefined ? undefined : partOfOwn(own);
}

/**
 * Self time of each node in microseconds, without the time in which the machine ran other
 * processes.
 */
export function selfTimes(profile, mostMicros) {
  const self = new Map();
  profile.samples.forEach((id, i) => {
    self.set(id, (self.get(id) ?? 0) + Math.min(profile.timeDeltas[i], mostMicros));
  });
  return self;
}

/**
 * Self time by part, in microseconds, without idle time. A frame without a part belongs to its
 * nearest caller with one, otherwise to the rest.
 */
export function timeByPart(profile, mostMicros = Infinity) {
  const self = selfTimes(profile, mostMicros);
  const byId = new Map(profile.nodes.map((node) => [node.id, node]));
  const times = new Map();
  const open = [[profile.nodes[0], 'rest']];
  while (open.length > 0) {
    const [node, above] = open.pop();
    const part = partOfFrame(node.callFrame) ?? above;
    if (node.callFrame.functionName !== '(idle)')
      times.set(part, (times.get(part) ?? 0) + (self.get(node.id) ?? 0));
    for (const child of node.children ?? []) open.push([byId.get(child), part]);
  }
  return times;
}

/**
 * CPU by part of a process, in seconds. The profile gives the shares of its main thread's time, the
 * system the total. `threads`: the time of its other threads (the collector's helpers, the
 * compiler, files).
 */
export function cpuByPart(times, { main, threads }) {
  const busy = [...times.values()].reduce((sum, time) => sum + time, 0);
  const parts = new Map(busy === 0 ? [] : [...times].map(([part, time]) => [part, (main * time) / busy]));
  return parts.set('other threads', (parts.get('other threads') ?? 0) + threads);
}

/** The sum of several results. */
export function sumOfParts(all) {
  const sum = new Map();
  for (const one of all) for (const [part, value] of one) sum.set(part, (sum.get(part) ?? 0) + value);
  return sum;
}
