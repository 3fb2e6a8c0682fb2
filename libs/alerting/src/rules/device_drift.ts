import { between, rule, runbookOf, seenOf, withKey, type Seen } from '../rule.js';

type Leaf = { readonly path: string; readonly changed_by: { readonly username: string | null } | null };
type Drifted = {
  readonly device_id: string;
  readonly leaves: readonly Leaf[];
  readonly since: Seen;
  readonly seen: Seen;
};

const authors = (leaves: readonly Leaf[]): string => {
  const names = [
    ...new Set(
      leaves.flatMap(({ changed_by: by }) =>
        by === null ? [] : [by.username === null ? 'the device itself' : `\`${by.username}\``],
      ),
    ),
  ];
  return names.length === 0 ? '' : `, changed by ${names.join(', ')}`;
};

/** How many leaves the alert's text names. */
const mostNamed = 3;

const describe = ({ device_id, leaves }: Drifted): string => {
  const [count, verb] = leaves.length === 1 ? ['1 leaf', 'differs'] : [`${leaves.length} leaves`, 'differ'];
  const named = leaves.slice(0, mostNamed).map(({ path }) => `\`${path}\``);
  const more = leaves.length > mostNamed ? [`${leaves.length - mostNamed} more`] : [];
  return `${count} of device \`${device_id}\` ${verb} from the log${authors(leaves)}: ${[...named, ...more].join(', ')}`;
};

/** Leaves that Interlock changed are different on a device. The alert ends with the drift. */
export const deviceDrift = rule<{ readonly [stream: string]: Drifted }>({
  name: 'device_drift',
  condition: 'A device was changed by others, on leaves that Interlock had changed',
  severity: 'medium',
  runbook: runbookOf('device_drift'),
  events: { device: ['DeviceDriftFound', 'DeviceDriftCleared', 'DeviceDriftAdopted', 'DeviceRemoved'] },
  figures: [],
  initial: {},
  fold: (drifted, event) => {
    if (event.type !== 'DeviceDriftFound') return withKey(drifted, event.stream, undefined);
    const { device_id, leaves } = event.data as Pick<Drifted, 'device_id' | 'leaves'>;
    const seen = seenOf(event);
    return withKey(drifted, event.stream, {
      device_id,
      leaves: leaves.map(({ path, changed_by }) => ({ path, changed_by })),
      since: drifted[event.stream]?.since ?? seen,
      seen,
    });
  },
  judge: (drifted) =>
    Object.entries(drifted).map(([stream, one]) => ({
      subject: stream,
      firing: one.since.cause.event_id,
      severity: 'medium',
      detail: describe(one),
      cause: one.seen.cause,
      evidence: between(one.since, one.seen),
      page: `/devices/${encodeURIComponent(one.device_id)}`,
    })),
});
