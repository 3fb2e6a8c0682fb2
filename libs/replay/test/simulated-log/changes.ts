import { actorKey, parseStream, systemTenant, type Actor } from '@interlock/contracts';
import {
  changeDecider,
  changeDigest,
  changeExpiryHours,
  changeStream,
  uuidV5,
  type ChangeCommand,
  type ChangeContent,
  type Command,
  type Decider,
  type DomainEvent,
  type Loosens,
  type RequiredPeople,
} from '@interlock/kernel';
import { type Journal, person, service, tenant } from './journal.ts';

/** A setting as its service knows it. */
export type Setting<C extends Command, E extends DomainEvent, S> = {
  readonly stream: string;
  readonly decider: Decider<C, E, S>;
  readonly loosens: Loosens<S>;
};
/** A change that people have not approved yet. `apply` writes the setting once they have. */
export type OpenChange = {
  readonly id: string;
  readonly digest: string;
  readonly by: Actor;
  readonly setting: string;
  readonly revision: bigint;
  readonly apply: () => void;
};

const revisionOf = (log: Journal, stream: string): bigint => log.streams.get(stream)?.revision ?? -1n;

/** People of the system decide on the registration of another tenant. */
const ownerOf = (setting: string): string =>
  parseStream(setting)?.tenant === tenant ? tenant : systemTenant;

export const tellChange = (
  log: Journal,
  id: string,
  command: ChangeCommand,
  by: Actor,
  owner = tenant,
): void => {
  const stream = changeStream(owner, id);
  const step = uuidV5(id, `${revisionOf(log, stream)}`);
  log.tell(stream, changeDecider, command, by, { id: step });
};

const loosenedBy = <C extends Command, E extends DomainEvent, S>(
  log: Journal,
  { stream, decider, loosens }: Setting<C, E, S>,
  command: C,
  by: Actor,
): ReturnType<Loosens<S>> => {
  const before = log.state(stream, decider as never) as S;
  const metadata = { tenant_id: tenant, actor: by, occurred_at: log.at };
  const after = decider
    .decide(command, before)
    .reduce((state, event) => decider.evolve(state, { ...event, metadata } as never), before);
  return loosens(before, after);
};

/** Requests what loosens a setting; null for what does not, which is written at once. */
export const requestChange = <C extends Command, E extends DomainEvent, S>(
  log: Journal,
  setting: Setting<C, E, S>,
  command: C,
  by: Actor,
  required: RequiredPeople = 2,
  over: { readonly can_break_glass?: true } = {},
): OpenChange | null => {
  const { stream, decider } = setting;
  const loosened = loosenedBy(log, setting, command, by);
  if (loosened.length === 0) {
    log.tell(stream, decider, command, by);
    return null;
  }
  const owner = ownerOf(stream);
  const revision = revisionOf(log, stream);
  const id = uuidV5('change', stream, `${revision} ${log.at}`);
  const change: ChangeContent = {
    setting: stream,
    revision: `${revision}`,
    command,
    loosened,
    scope: 'AUTONOMY_ADMIN',
  };
  const digest = changeDigest(change);
  const expires_at = new Date(log.now + changeExpiryHours * 3_600_000).toISOString();
  const requester = actorKey(by);
  const asked = { ...change, digest, requester, why: 'why', required_people: required, expires_at, ...over };
  tellChange(log, id, { kind: 'RequestChange', ...asked }, by, owner);
  return {
    id,
    digest,
    by,
    setting: stream,
    revision,
    apply: () => {
      log.tell(stream, decider, command, by, { id, change: { id, digest } });
      const applied = `${revisionOf(log, stream)}`;
      tellChange(log, id, { kind: 'NoteApplied', revision: applied }, service('safety-rails'), owner);
    },
  };
};

/** One person approves. `related`: whom the person invited lately, and who invited them. */
export const approveChange = (
  log: Journal,
  { id, digest, setting }: OpenChange,
  by: Actor,
  related: readonly string[] = [],
): void => {
  tellChange(
    log,
    id,
    { kind: 'ApproveChange', digest, by: actorKey(by), related, now: log.at },
    by,
    ownerOf(setting),
  );
};

/** Writes a setting as its service does: another person approves what loosens it. */
export const writeSetting = <C extends Command, E extends DomainEvent, S>(
  log: Journal,
  setting: Setting<C, E, S>,
  command: C,
  by: Actor,
  approver: Actor = person('ben'),
): void => {
  const change = requestChange(log, setting, command, by);
  if (change === null) return;
  approveChange(log, change, approver);
  change.apply();
};
