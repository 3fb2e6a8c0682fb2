import { manifest, type ServiceName } from './manifest.js';

/**
 * Services that share one process: one client of the log, one subscription, one pool. Its name is
 * its process's name.
 */
export type Group = { readonly name: string; readonly services: readonly ServiceName[] };

/** Who takes part in a decision: what one of them asks another stays in the process. */
const deciding: readonly ServiceName[] = [
  'policy-evaluator',
  'digital-twin',
  'budget-ledger',
  'posture',
  'safety-rails',
];
const devices: readonly ServiceName[] = ['netconf-gateway'];
const named = (chosen: readonly ServiceName[]): readonly ServiceName[] =>
  manifest.map(({ service }) => service).filter((service) => chosen.includes(service));

/**
 * The services as so many processes hold them, 1 to 3: all; who decides and drives devices, and the
 * read side (whoever follows the log: relay, registry, alerting, audit); who decides, the read
 * side, the gateway. Each service is in one group, in the order of the manifest.
 */
export const groupsOf = (workers: number): readonly Group[] => {
  const all = manifest.map(({ service }) => service);
  if (workers === 1) return [{ name: 'services', services: all }];
  const readSide = all.filter((service) => ![...deciding, ...devices].includes(service));
  return workers === 2
    ? [
        { name: 'worker-deciding', services: named([...deciding, ...devices]) },
        { name: 'worker-reading', services: readSide },
      ]
    : [
        { name: 'worker-deciding', services: named(deciding) },
        { name: 'worker-reading', services: readSide },
        { name: 'worker-devices', services: devices },
      ];
};

/** Each service in a process of its own. */
export const separately = (): readonly Group[] =>
  manifest.map(({ service }) => ({ name: service, services: [service] }));

/** Who carries out actions, and tells safety-rails when it no longer does. */
const executing: readonly ServiceName[] = ['posture', 'netconf-gateway', 'agent-gateway'];

/**
 * In which order services, or groups of them, stop that were started in the given order. First
 * those that carry out actions, while safety-rails still hears that they leave: one that could not
 * say so would hold up every kill switch until its registration expires. Then safety-rails, so that
 * little is begun that nobody carries out; then the others.
 */
export const stopOrder = <T extends { readonly services: readonly ServiceName[] }>(
  started: readonly T[],
): readonly T[] => {
  const rank = ({ services }: T): number =>
    services.includes('safety-rails') ? 1 : services.some((service) => executing.includes(service)) ? 0 : 2;
  return started.toReversed().sort((a, b) => rank(a) - rank(b));
};
