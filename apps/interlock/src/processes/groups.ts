import { manifest, type ServiceName } from '../manifest.js';

/**
 * Services that share one process, with one client of the log, one subscription and one pool. The
 * name is that of the process.
 */
export type Group = { readonly name: string; readonly services: readonly ServiceName[] };

/** The services that take part in a decision. Their calls to one another stay in the process. */
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
 * Splits the services into 1 to 3 processes. One: all services. Two: those that decide and drive
 * devices; and the read side, which follows the log (relay, registry, alerting, audit). Three: the
 * deciding services, the read side, the gateway. Each service is in one group, in the order of the
 * manifest.
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

/** Puts each service into its own process. */
export const separately = (): readonly Group[] =>
  manifest.map(({ service }) => ({ name: service, services: [service] }));

/** The services that execute actions, and that notify safety-rails when they leave. */
const executing: readonly ServiceName[] = ['posture', 'netconf-gateway', 'agent-gateway'];

/**
 * Returns the order in which started services, or groups of them, stop. The services that execute
 * actions come first, while safety-rails can still learn that they leave. Otherwise a silent one
 * would delay every kill switch until its registration expires. Then comes safety-rails, so that
 * few actions begin without an executor; then the others.
 */
export const stopOrder = <T extends { readonly services: readonly ServiceName[] }>(
  started: readonly T[],
): readonly T[] => {
  const rank = ({ services }: T): number =>
    services.includes('safety-rails') ? 1 : services.some((service) => executing.includes(service)) ? 0 : 2;
  return started.toReversed().sort((a, b) => rank(a) - rank(b));
};
