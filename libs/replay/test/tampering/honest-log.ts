import { ownerOf, parseStream, type Actor } from '@interlock/contracts';
import {
  releaseId,
  uuidV5,
  type Command,
  type Decider,
  type DomainEvent,
  type RecordedEvent,
} from '@interlock/kernel';
import { actionTypeDecider } from '@interlock/policy';
import { builtInActionTypes } from '@interlock/rails';
import {
  accessDecider,
  accessStream,
  exportedEvent,
  personDecider,
  personLoosens,
  personStream,
  readExportedLine,
  secretDecider,
  secretStream,
} from '@interlock/tree';
import { auditRecords } from './audit-records.js';
import { writeSetting } from '../simulated-log/changes.ts';
import { rareStories } from '../simulated-log/rare/rare.ts';
import { SimulatedLog, everything } from '../simulated-log/simulated-log.ts';
import { person, service, tenant, type Journal } from '../simulated-log/journal.ts';

/** Writes the events of a command, without a random number of the simulation's. */
class Teller {
  #told = 0;

  constructor(private readonly log: Journal) {}

  readonly tell = <C extends Command, E extends DomainEvent, S>(
    stream: string,
    decider: Decider<C, E, S>,
    by: Actor,
    ...commands: readonly C[]
  ): void => {
    for (const command of commands) {
      this.#told += 1;
      this.log.tell(stream, decider, command, by, { id: uuidV5('told', stream, `${this.#told}`) });
    }
  };
}

const [anna, ben, dora] = [person('anna'), person('ben'), person('dora')];
const [registry, audit] = [service('policy-registry'), service('audit')];

const program = 'safety-rails';
const release = { version: '0.2.0', build: 'b'.repeat(64), node: '26.0.0' };

/** What an installation itself writes before its tenants act: its types, and its programs. */
const ofSystem = (log: Journal): void => {
  const { tell } = new Teller(log);
  for (const entry of builtInActionTypes)
    tell(`action_type-_system:${entry.action_type}`, actionTypeDecider, registry, {
      kind: 'RegisterActionType',
      entry,
    });
  const started = [{ type: 'ReleaseStarted', data: release }];
  const of = { id: releaseId(program, release) };
  log.append(`release-_system:${program}`, started, service(program), undefined, undefined, of);
};

/** People sign in, the log is read and exported, and secrets are placed. */
const ofPeople = (log: Journal): void => {
  const { tell } = new Teller(log);
  const { person_id } = ben as { readonly person_id: string };
  const at = log.at;
  const invite = {
    kind: 'invite',
    person_id,
    invitation_id: 'i',
    occasion: 'new',
    role: 'approver',
    name: `enc:1:${person_id}:${'N'.repeat(90)}`,
    expires_at: at,
    ends_sessions: false,
  } as const;
  const stream = personStream(tenant, person_id);
  writeSetting(log, { stream, decider: personDecider, loosens: personLoosens }, invite, anna, dora);
  // A person may make a link for themselves.
  tell(stream, personDecider, ben, { ...invite, invitation_id: 'own', occasion: 'link' });
  tell(
    stream,
    personDecider,
    anna,
    {
      kind: 'start_session',
      person_id,
      session_id: 's',
      by: 'invitation',
      roles: ['approver'],
      name: null,
      expires_at: at,
      invitation: { id: 'i', made_by: 'person' },
    },
    {
      kind: 'start_session',
      person_id,
      session_id: 't',
      by: 'provider',
      roles: ['approver'],
      name: null,
      expires_at: at,
    },
    { kind: 'end_session', person_id, session_id: 's' },
    { kind: 'revoke_sessions', person_id, session_id: 't', because: 'removed' },
    { kind: 'remove', person_id, role: 'approver' },
  );
  tell(
    accessStream(tenant, at),
    accessDecider,
    ben,
    { kind: 'record_export', what: 'log', filter: '', until: '9' },
    { kind: 'record_read', route: 'GET /api/v1/audit/events', filter: '', count: 3, actor: ben },
    {
      kind: 'refuse_intent',
      content_hash: null,
      intent_id: null,
      codes: ['expired'],
      detail: null,
      violations: [],
      count: 2,
    },
    {
      kind: 'refuse_command',
      command: 'POST /api/v1/changes/:id/approve',
      path: null,
      code: 'same-person',
      count: 1,
    },
  );
  const placed = (destinations: readonly string[], changed_at: string) => ({
    reference: 'env:X',
    destinations,
    changed_at,
  });
  tell(
    secretStream(tenant, 'channel'),
    secretDecider,
    audit,
    { kind: 'find_secrets', use: 'channel', secrets: [placed(['https://a.example'], at)] },
    { kind: 'find_secrets', use: 'channel', secrets: [placed([], at)] },
    { kind: 'find_secrets', use: 'channel', secrets: [] },
  );
};

/** The event as an export has it, with its writer and the program that decided. */
const exported = (event: RecordedEvent): RecordedEvent => {
  const writer = ownerOf(event.stream);
  const isStart = event.type === 'ReleaseStarted';
  const metadata = {
    ...event.metadata,
    tenant_id: parseStream(event.stream)!.tenant,
    ...(writer === undefined ? {} : { writer }),
    ...(writer === program && event.metadata.command !== undefined
      ? { release: releaseId(program, release) }
      : {}),
  };
  const id = isStart ? releaseId(program, release) : event.id;
  const read = readExportedLine(JSON.stringify(exportedEvent({ ...event, id, metadata })));
  if ('fault' in read) throw new Error(read.fault);
  return read.event;
};

const simulatedLog = (seed: number): SimulatedLog => new SimulatedLog(seed, everything, ofPeople, ofSystem);

/**
 * An honest log: a few actions, and every feature that the simulation knows. Only services'
 * deciders wrote it.
 */
export const honestLog = (seed: number, actions = 4): readonly RecordedEvent[] => {
  const simulated = simulatedLog(seed);
  return [...simulated.events(actions), ...simulated.stories()].map(exported);
};

/**
 * An honest log with every kind of event of the catalogue. At its end the services record what they
 * know of the log itself: a checkpoint, a cut, and open work.
 */
export const wholeCatalogue = async (seed: number): Promise<readonly RecordedEvent[]> => {
  const simulated = simulatedLog(seed);
  const events = [...simulated.events(4), ...simulated.stories(rareStories)].map(exported);
  return [...events, ...[...simulated.written(await auditRecords(events))].map(exported)];
};
