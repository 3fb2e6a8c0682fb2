import { parseStream } from '@interlock/contracts';
import type { RecordedEvent } from '@interlock/kernel';

/**
 * `who`: who may come in, and with what. `override`: where a person went past a guard. `access`:
 * what was exported, read and refused, and where secrets may be sent to.
 */
const recordLists = ['who', 'override', 'access'] as const;
export type RecordList = (typeof recordLists)[number];

/** The events of each list, by category. */
const listed: { readonly [list in RecordList]: { readonly [category: string]: readonly string[] } } = {
  who: {
    person: [
      'PersonInvited',
      'InvitationUsed',
      'RoleGranted',
      'RoleRevoked',
      'SessionStarted',
      'SessionEnded',
      'SessionRevoked',
      'PersonErased',
    ],
    tenant: ['CredentialIssued', 'CredentialRevoked'],
  },
  override: {
    kill_switch: ['KillSwitchReleased'],
    rollout: ['PolicyBypassed', 'PolicyBypassEnded', 'CanaryReleased'],
    autonomy: ['StepOverridden', 'StepDownLifted'],
    brake: ['BrakeReleased'],
    trust_lock: ['TrustUnlocked', 'TrustUnlocksReset'],
    device: ['DeviceDriftAdopted', 'DeviceReleased'],
    change: ['ChangeRequested', 'ChangeConsented', 'ChangeApproved', 'ChangeEnded', 'RequiredPeopleSet'],
  },
  access: {
    access: [
      'DataExported',
      'LogRead',
      'IntentRefused',
      'CommandRefused',
      'SecretStored',
      'SecretBound',
      'SecretRemoved',
    ],
  },
};

const places = recordLists.flatMap((list) =>
  Object.entries(listed[list]).map(([category, types]) => ({ list, category, types })),
);

export const recordedTypes: readonly string[] = [...new Set(places.flatMap(({ types }) => types))];
export const recordedPrefixes: readonly string[] = [...new Set(places.map(({ category }) => `${category}-`))];

/** The list that an event belongs to; null if it belongs to none. */
export const listOf = ({ stream, type }: Pick<RecordedEvent, 'stream' | 'type'>): RecordList | null => {
  const category = parseStream(stream)?.category;
  return places.find((one) => one.category === category && one.types.includes(type))?.list ?? null;
};
