import { parseStream } from '@interlock/contracts';
import type { RecordedEvent } from '@interlock/kernel';
import { counted, dataFacts, itemOf, type AnswerItem, type QuestionFold } from './answer.js';
import { isWithin, type Period } from './period.js';

/**
 * `who`: who may sign in, and how. `override`: where a person bypassed a guard. `access`: what was
 * exported, read and refused, and where secrets may be sent.
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
export const recordedCategories = (list: RecordList): readonly string[] => Object.keys(listed[list]);
export const recordedPrefixes: readonly string[] = [...new Set(places.map(({ category }) => `${category}-`))];

/** Returns the list that an event belongs to; null if it belongs to none. */
export const listOf = ({ stream, type }: Pick<RecordedEvent, 'stream' | 'type'>): RecordList | null => {
  const category = parseStream(stream)?.category;
  return places.find((one) => one.category === category && one.types.includes(type))?.list ?? null;
};

const words: { readonly [type: string]: string } = {
  KillSwitchReleased: 'kill switch released',
  PolicyBypassed: 'policies bypassed',
  PolicyBypassEnded: 'bypass of policies ended',
  CanaryReleased: 'held canary released',
  StepOverridden: 'step of earned autonomy overridden',
  StepDownLifted: 'step down lifted',
  BrakeReleased: 'safety brake released',
  TrustUnlocked: 'trust lock opened',
  TrustUnlocksReset: "the day's count of unlocks set back",
  DeviceDriftAdopted: 'drift of a device adopted',
  DeviceReleased: 'device released from quarantine',
  ChangeRequested: 'loosening asked for',
  ChangeConsented: 'loosening consented to',
  ChangeApproved: 'loosening approved',
  ChangeEnded: 'loosening ended',
  RequiredPeopleSet: 'number of required people set',
  DataExported: 'exported',
  LogRead: 'log read',
  IntentRefused: 'intent refused',
  CommandRefused: 'command refused',
  SecretStored: 'secret found',
  SecretBound: 'secret bound to destinations',
  SecretRemoved: 'secret gone',
};

/** Returns what makes an override unusual: forced, alone, or by break-glass. */
const marks = (data: object): string => {
  const { forced, solo, break_glass: broken } = data as { readonly [name: string]: unknown };
  return [
    ...(forced === true ? ['forced'] : []),
    ...(solo === true ? ['by the requester alone'] : []),
    ...(broken === undefined ? [] : ['by break-glass']),
  ]
    .map((mark) => `, ${mark}`)
    .join('');
};

/**
 * True for an event of a change request that enough people approved in the ordinary way, so that it
 * bypasses no guard.
 */
const isOrdinaryChange = ({ type, data }: RecordedEvent): boolean => {
  const { solo, break_glass: broken } = data as { readonly [name: string]: unknown };
  return (
    type === 'ChangeRequested' ||
    type === 'ChangeConsented' ||
    (type === 'ChangeApproved' && solo !== true && broken === undefined)
  );
};

/** Answers with the events of one list in a period, in log order. */
const listFold = (
  list: RecordList,
  asked: Period,
  told: { readonly noun: string; readonly notes: readonly string[] },
): QuestionFold => {
  const items: AnswerItem[] = [];
  return {
    take: (event) => {
      if (listOf(event) !== list || !isWithin(asked, event) || isOrdinaryChange(event)) return;
      const { type, data } = event;
      items.push(itemOf(event, `${words[type] ?? type}${marks(data)}`, dataFacts(data)));
    },
    answer: () => ({
      found: true,
      summary: counted(items.length, told.noun),
      items,
      missing: [],
      notes: told.notes,
    }),
  };
};

/** Answers: where did a person bypass a guard? */
export const overridesFold = (asked: Period): QuestionFold =>
  listFold('override', asked, {
    noun: 'override',
    notes: [
      'A change that enough people approved is not an override; `audit approvals` shows who approved it.',
      'An override of the whole installation, such as the release of the global kill switch, is in the log of `_system`.',
    ],
  });

/** Answers: who read and exported? */
export const accessFold = (asked: Period): QuestionFold =>
  listFold('access', asked, {
    noun: 'record',
    notes: [
      "Of one reader's reads in an hour, the log has the first with its number of events. A copy of a file leaves no trace.",
    ],
  });
