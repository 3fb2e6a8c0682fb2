import { streamName } from '@interlock/contracts';
import { isProblem, sameJson } from '@interlock/kernel';
import type { ChangedBy, DriftLeaf } from '@interlock/network';
import { newId, nowText } from '@interlock/platform';
import { isDeviceFault } from '../sessions/change-session.js';
import type { Gateway } from '../gateway.js';
import type { InventoryEntry } from '../devices/inventory.js';
import type { DeviceAddress } from '../sessions/sessions.js';
import type { ExpectedLeaves, RecordedLeaf } from './expected-leaves.queries.js';
import type { LeafReadings } from './leaf-readings.js';

/** How a check ended. `not_checked` says nothing about the device. */
export type DriftOutcome =
  | {
      readonly state: 'in_sync' | 'drifted';
      /** Every leaf that was read, with its expected and its actual value. */
      readonly compared: readonly ComparedLeaf[];
    }
  | {
      readonly state: 'not_checked';
      readonly code: 'nothing-expected' | 'transaction-open' | 'device-fault' | 'not-current';
      readonly why: string;
    };

type ComparedLeaf = Pick<DriftLeaf, 'path' | 'binding' | 'expected' | 'actual'>;

/** The parts of the gateway that a check uses. */
export type DriftGateway = Pick<Gateway, 'current' | 'openOn' | 'inventory' | 'sessions' | 'devices'>;
export type DriftParts = {
  readonly gateway: DriftGateway;
  readonly expected: ExpectedLeaves;
  readonly readings: LeafReadings;
  readonly authorOf: FindAuthor;
  /** `if-modified`: a device that reports no modification is not read again. */
  readonly how: 'now' | 'if-modified';
};
/** Returns who changed a leaf, if the device has reported it. */
type FindAuthor = (device: DeviceAddress, path: string) => ChangedBy | null;

/** How often a check starts again because a transaction came in between. */
const mostAttempts = 3;

const notChecked = (
  code: Extract<DriftOutcome, { readonly state: 'not_checked' }>['code'],
  why: string,
): DriftOutcome => ({ state: 'not_checked', code, why });

/** The state of a device according to the log. */
type LogSide = {
  readonly entry: InventoryEntry;
  readonly expected: readonly RecordedLeaf[];
};

/** Returns what the log expects of a device, or why the device cannot be compared now. */
const logSide = async (
  gateway: DriftGateway,
  expectedLeaves: ExpectedLeaves,
  tenantId: string,
  deviceId: string,
): Promise<LogSide | DriftOutcome> => {
  const position = await gateway.current();
  const entry = gateway.inventory.get(tenantId, deviceId);
  const [open] = gateway.openOn(tenantId, deviceId);
  if (open !== undefined) return notChecked('transaction-open', `the transaction \`${open}\` is under way`);
  if (entry.qualifying !== null) return notChecked('transaction-open', 'the device is being qualified');
  return { entry, expected: await expectedLeaves.of(tenantId, deviceId, position) };
};

const failed = (error: unknown): DriftOutcome => {
  if (isProblem(error, 'binding-unfit') || isDeviceFault(error))
    return notChecked('device-fault', isProblem(error) ? error.detail : (error as Error).message);
  if (isProblem(error, 'not-current') || isProblem(error, 'read-model-behind'))
    return notChecked('not-current', error.detail);
  throw error;
};

/**
 * Compares the leaves that Interlock changed on a device with the device's answer, and records the
 * result. Throws `device-unknown`.
 *
 * INVARIANT: a difference is recorded only if no transaction of the device was open before or after
 * the reading, and none ended in between. Each transaction that touches a device moves the position
 * of its leaves.
 */
export const checkDrift = async (
  { gateway, expected: expectedLeaves, readings, authorOf, how }: DriftParts,
  tenantId: string,
  deviceId: string,
): Promise<DriftOutcome> => {
  const side = (): Promise<LogSide | DriftOutcome> => logSide(gateway, expectedLeaves, tenantId, deviceId);
  for (let attempt = 1; attempt <= mostAttempts; attempt += 1) {
    try {
      const before = await side();
      if ('state' in before) return before;
      const { entry, expected } = before;
      if (expected.length === 0 && entry.drift === null)
        return notChecked('nothing-expected', 'Interlock has changed nothing on it');
      const actualOf = await readings.read(entry.address, expected, how);
      const after = await side();
      if ('state' in after) return after;
      if (!sameJson(after.expected, expected) || after.entry.revision !== entry.revision) continue;
      const compared = expected.map((leaf) => ({
        path: leaf.path,
        binding: leaf.binding,
        expected: leaf.value,
        actual: actualOf(leaf),
      }));
      const leaves = compared.flatMap((leaf, i): readonly DriftLeaf[] =>
        leaf.actual === leaf.expected
          ? []
          : [
              {
                ...leaf,
                action_id: expected[i]!.action_id,
                changed_by: authorOf(entry.address, leaf.path),
              },
            ],
      );
      const commandId = newId();
      await gateway.devices.handle(
        streamName('device', tenantId, deviceId),
        { kind: 'RecordDrift', leaves },
        {
          commandId,
          tenantId,
          actor: { kind: 'service', service: 'netconf-gateway' },
          now: nowText(),
          correlationId: commandId,
          causationId: commandId,
          expectedRevision: entry.revision,
        },
      );
      return { state: leaves.length === 0 ? 'in_sync' : 'drifted', compared };
    } catch (error) {
      if (!isProblem(error, 'stale-revision')) return failed(error);
    }
  }
  return notChecked('transaction-open', 'the device was changed during each reading');
};
