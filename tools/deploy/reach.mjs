import { services } from './services.mjs';

const names = Object.keys(services);
/** The port of every container of our own image. */
export const httpPort = 8080;

/**
 * Who may open a connection to what, in one table: of our parts by name, and of a namespace by the
 * label `interlock/NAME: "true"` that its administrator gives it. Everything else is refused.
 */
const reach = [
  { to: ['event-store'], port: 2113, from: [...names, 'edge'] },
  // Tenants' agents publish intents on the bus, as users of their own accounts.
  { to: ['nats'], port: 4222, from: [...names, 'edge', 'prepare'], namespace: 'bus' },
  { to: ['postgres'], port: 5432, from: [...names, 'prepare'] },
  // The edge passes on requests, and asks every service whether it is ready.
  { to: names, port: httpPort, from: ['edge'], namespace: 'metrics' },
  // Services fetch the key of agents' tokens.
  { to: ['edge'], port: httpPort, from: names, namespace: 'metrics' },
  { to: ['edge'], port: httpPort, from: [], namespace: 'ingress' },
  { to: ['alerting'], port: httpPort, from: [], namespace: 'alertmanager' },
];

/** Addresses of clouds' metadata services, which hand out credentials. */
const linkLocal = { v4: ['169.254.0.0/16'], v6: ['fe80::/10', 'fd00:ec2::254/128'] };
const notPublic = {
  v4: ['10.0.0.0/8', '100.64.0.0/10', '127.0.0.0/8', '172.16.0.0/12', '192.168.0.0/16', ...linkLocal.v4],
  v6: ['::1/128', 'fc00::/7', 'fe80::/10'],
};
const blocks = ({ v4, v6 }) => [
  { ipBlock: { cidr: '0.0.0.0/0', except: v4 } },
  { ipBlock: { cidr: '::/0', except: v6 } },
];
/** The destinations of `outside`: all addresses but those of metadata services, or public ones. */
const addresses = { devices: blocks(linkLocal), public: blocks(notPublic) };

const label = 'app.kubernetes.io/name';
/** Selects pods by the names of their parts. */
export const podsOf = (parts) =>
  parts.length === 1
    ? { matchLabels: { [label]: parts[0] } }
    : { matchExpressions: [{ key: label, operator: 'In', values: parts }] };

const onPort = (...ports) => ports.map((port) => ({ protocol: 'TCP', port }));
const policyOf = (name, podSelector, direction, rules) => ({
  apiVersion: 'networking.k8s.io/v1',
  kind: 'NetworkPolicy',
  metadata: { name },
  spec: {
    podSelector,
    policyTypes: [direction === 'ingress' ? 'Ingress' : 'Egress'],
    [direction]: rules,
  },
});
/** A network policy in one direction, `ingress` or `egress`, for the pods of some parts. */
export const policy = (name, parts, direction, rules) => policyOf(name, podsOf(parts), direction, rules);

/** The egress of some parts to addresses, `devices` or `public`, on TCP ports. */
export const outsidePolicy = (name, parts, { to, ports }) =>
  policy(name, parts, 'egress', [{ to: addresses[to], ports: onPort(...ports) }]);

/** The ingress of a part from the addresses of devices, on one TCP port. */
export const fromDevicesPolicy = (name, part, port) =>
  policy(name, [part], 'ingress', [{ from: addresses.devices, ports: onPort(port) }]);

/** Selects every namespace with the label `interlock/NAME`. */
export const namespaceOf = (name) => ({
  namespaceSelector: { matchLabels: { [`interlock/${name}`]: 'true' } },
});

const nameOf = ({ to }) => (to.length === 1 ? to[0] : 'services');

const rowPolicies = (row, selected = podsOf(row.to)) => {
  const { port, from, namespace } = row;
  const peers = [
    ...(from.length === 0 ? [] : [{ podSelector: podsOf(from) }]),
    ...(namespace === undefined ? [] : [namespaceOf(namespace)]),
  ];
  const at = nameOf(row);
  const suffix = from.length === 0 ? `from-${namespace}` : 'from-clients';
  return [
    policyOf(`${at}-${suffix}`, selected, 'ingress', [{ from: peers, ports: onPort(port) }]),
    ...(from.length === 0
      ? []
      : [
          policy(`clients-to-${at}`, from, 'egress', [
            { to: [{ podSelector: selected }], ports: onPort(port) },
          ]),
        ]),
  ];
};

/** The policies of a part whose pods an operator makes, with labels of its own. */
export const policiesWith = (name, selector) =>
  reach.filter(({ to }) => to.length === 1 && to[0] === name).flatMap((row) => rowPolicies(row, selector));

/** Every network policy of the base: nothing is allowed but names, and the rows of the table. */
export const networkPolicies = [
  {
    apiVersion: 'networking.k8s.io/v1',
    kind: 'NetworkPolicy',
    metadata: { name: 'default-deny' },
    spec: { podSelector: {}, policyTypes: ['Ingress', 'Egress'] },
  },
  {
    apiVersion: 'networking.k8s.io/v1',
    kind: 'NetworkPolicy',
    metadata: { name: 'names' },
    spec: {
      podSelector: {},
      policyTypes: ['Egress'],
      egress: [
        {
          to: [{ namespaceSelector: { matchLabels: { 'kubernetes.io/metadata.name': 'kube-system' } } }],
          ports: [
            { protocol: 'UDP', port: 53 },
            { protocol: 'TCP', port: 53 },
          ],
        },
      ],
    },
  },
  ...reach.flatMap((row) => rowPolicies(row)),
  ...names
    .filter((name) => services[name].outside !== undefined)
    .map((name) => outsidePolicy(`${name}-to-outside`, [name], services[name].outside)),
];
