import { defaults, type PlanAnswer } from '@interlock/contracts';
import { classifyError, NetconfRpcError, operation, serialiseXml, type XmlElement } from '@interlock/netconf';
import { profiles, type DeviceProfile } from '@interlock/network';
import { editElements, missingCapabilities } from '../devices/device-reading.js';
import type { InventoryEntry } from '../devices/inventory.js';
import type { DeviceSessions } from '../sessions/sessions.js';

export type ConnectAnswer = {
  readonly device_id: string;
  readonly session_id: string;
  readonly base_version: '1.0' | '1.1';
  readonly capabilities: readonly string[];
  readonly profile: string;
  /**
   * The capabilities that the safe change needs and the device does not offer. The device can be
   * changed if it is empty.
   */
  readonly missing: readonly string[];
};
export type ValidateAnswer = PlanAnswer & {
  /**
   * The RPCs of the change in the order in which they are sent. Only values that are made for each
   * transaction differ.
   */
  readonly rpcs: readonly { readonly operation: string; readonly xml: string }[];
  /**
   * The device's own verdict. `not-offered`: it cannot test an edit without setting it. `skipped`:
   * there is nothing to test.
   */
  readonly device_validation: {
    readonly verdict: 'valid' | 'invalid' | 'not-offered' | 'skipped';
    readonly errors: readonly {
      readonly tag: string;
      readonly path: string | null;
      readonly message: string | null;
    }[];
  };
};

/** Opens a new session, so that the result shows what a change would meet. */
export const connectDevice = async (
  sessions: DeviceSessions,
  { device, address }: InventoryEntry,
): Promise<ConnectAnswer> => {
  const client = await sessions.open(address);
  try {
    return {
      device_id: device.device_id,
      session_id: client.sessionId,
      base_version: client.session.version,
      capabilities: client.capabilities,
      profile: device.profile,
      missing: missingCapabilities(client, profiles[device.profile]!),
    };
  } finally {
    await client.close();
  }
};

const shown = (rpcs: readonly (readonly [string, XmlElement])[]): ValidateAnswer['rpcs'] =>
  rpcs.map(([name, element]) => ({ operation: name, xml: serialiseXml(element) }));

const rpcsOf = (plan: PlanAnswer, profile: DeviceProfile): ValidateAnswer['rpcs'] => {
  const [payload] = plan.payloads;
  if (payload === undefined) return [];
  if (profile.candidate === 'absent')
    return shown([
      ['lock', operation.lock('running')],
      [
        'edit-config',
        operation.editConfig({
          target: 'running',
          config: editElements(payload.xml),
          defaultOperation: 'merge',
          errorOption: 'rollback-on-error',
        }),
      ],
      ['get-config', operation.getConfig('running')],
      ['unlock', operation.unlock('running')],
    ]);
  const timeoutS = defaults.soak_s + defaults.confirm_timer_extra_s;
  const persistId = 'made-per-transaction';
  const isBound = profile.confirmed_commit === '1.0';
  const isConfirmed = profile.confirmed_commit !== 'absent';
  return shown([
    ['lock', operation.lock('running')],
    ['lock', operation.lock('candidate')],
    [
      'edit-config',
      operation.editConfig({
        target: 'candidate',
        config: editElements(payload.xml),
        defaultOperation: 'merge',
        testOption: 'test-then-set',
        errorOption: 'rollback-on-error',
      }),
    ],
    ['get-config', operation.getConfig('candidate')],
    [
      'commit',
      operation.commit(
        isConfirmed ? { confirmed: { timeoutS, ...(isBound ? {} : { persist: persistId }) } } : {},
      ),
    ],
    ['get-config', operation.getConfig('running')],
    ['unlock', operation.unlock('running')],
    ['unlock', operation.unlock('candidate')],
    ...(isConfirmed ? ([['commit', operation.commit(isBound ? {} : { persistId })]] as const) : []),
  ]);
};

const judge = async (
  sessions: DeviceSessions,
  { address }: InventoryEntry,
  profile: DeviceProfile,
  plan: PlanAnswer,
): Promise<ValidateAnswer['device_validation']> => {
  const [payload] = plan.payloads;
  if (payload === undefined) return { verdict: 'skipped', errors: [] };
  if (!profile.requires.includes('validate')) return { verdict: 'not-offered', errors: [] };
  const client = await sessions.open(address);
  try {
    if (missingCapabilities(client, profile).length > 0) return { verdict: 'not-offered', errors: [] };
    await client.editConfig({
      target: 'candidate',
      config: editElements(payload.xml),
      defaultOperation: 'merge',
      testOption: 'test-only',
      errorOption: 'rollback-on-error',
    });
    return { verdict: 'valid', errors: [] };
  } catch (error) {
    if (!(error instanceof NetconfRpcError) || classifyError(error) === 'retryable') throw error;
    return {
      verdict: 'invalid',
      errors: error.errors.map(({ tag, path, message }) => ({
        tag,
        path: path ?? null,
        message: message ?? null,
      })),
    };
  } finally {
    await client.close();
  }
};

/** Runs a change on the device without any lasting effect. */
export const validateChange = async (
  sessions: DeviceSessions,
  entry: InventoryEntry,
  plan: PlanAnswer,
): Promise<ValidateAnswer> => ({
  ...plan,
  rpcs: rpcsOf(plan, profiles[entry.device.profile]!),
  device_validation: await judge(sessions, entry, profiles[entry.device.profile]!, plan),
});

/** The verdicts, worst first. */
const verdicts = ['invalid', 'not-offered', 'skipped', 'valid'] as const;

/** Returns the dry run of a change of several devices, from the dry runs of its parts. */
export const wholeValidation = (plan: PlanAnswer, parts: readonly ValidateAnswer[]): ValidateAnswer => ({
  ...plan,
  rpcs: parts.flatMap(({ rpcs }) => rpcs),
  device_validation: {
    verdict:
      verdicts.find((one) => parts.some(({ device_validation: { verdict } }) => verdict === one)) ??
      'skipped',
    errors: parts.flatMap(({ device_validation }) => device_validation.errors),
  },
});
