import type { Timestamp } from '../values/names.js';
import type { Violation } from '../values/problems.js';

/*
 * The events of category `access`, one stream a tenant and hour: `access-<tenant>:<YYYY-MM-DDTHH>`
 * in UTC. `metadata.actor` is who did it.
 */

/**
 * A part of the log, or a person's data, left the system in a file. The event is recorded first.
 */
export type DataExported = {
  readonly type: 'DataExported';
  readonly data: {
    readonly what: 'log' | 'person';
    /** The requested filter as `name=value` pairs. Empty if everything was requested. */
    readonly filter: string;
    /** The last position that the file covers. Null if the file covers no positions. */
    readonly until: string | null;
  };
};
/**
 * The log was read. Only the first read of a reader in an hour is recorded, when its answer has
 * ended. `count` is the number of events in that answer.
 */
export type LogRead = {
  readonly type: 'LogRead';
  readonly data: {
    readonly route: string;
    readonly filter: string;
    readonly count: number;
  };
};
/**
 * An intent of the actor was not accepted. At most 60 per minute and credential are recorded
 * singly. The rest of a minute is one event whose `count` is their number. It has no hash, id,
 * detail or violations.
 */
export type IntentRefused = {
  readonly type: 'IntentRefused';
  readonly data: {
    readonly content_hash: string | null;
    /** The id that the intent named. Null if it named no valid id. */
    readonly intent_id: string | null;
    readonly codes: readonly string[];
    readonly detail: string | null;
    /** The first faults. Empty for a person, whose faulty values may be private. */
    readonly violations: readonly Violation[];
    readonly count: number;
  };
};
/**
 * A person's decision or change was refused. Refusals of a request's form, such as
 * `validation-failed`, are not recorded. The limit and `count` are those of `IntentRefused`.
 */
export type CommandRefused = {
  readonly type: 'CommandRefused';
  readonly data: {
    /** The method and the route, e.g. `POST /api/v1/changes/:id/approve`. */
    readonly command: string;
    /**
     * The address without its query, e.g. `/api/v1/changes/0199…/approve`. Null if only counted.
     */
    readonly path: string | null;
    /** The problem code of the refusal. */
    readonly code: string;
    readonly count: number;
  };
};
/** The purpose of a secret. */
export type SecretUse = 'device' | 'handler' | 'channel';
/**
 * A service found a secret that the log did not know, or one whose file was changed. `changed_at`
 * is the time of the file; null for a variable. No event holds a value. These events are in
 * `access-<tenant>:secrets=<use>`.
 */
export type SecretStored = {
  readonly type: 'SecretStored';
  readonly data: {
    readonly use: SecretUse;
    /** The reference: `file:NAME` or `env:NAME`. */
    readonly reference: string;
    readonly changed_at: Timestamp | null;
  };
};
/** From now on, the secret may be sent only to these destinations. */
export type SecretBound = {
  readonly type: 'SecretBound';
  readonly data: {
    readonly use: SecretUse;
    readonly reference: string;
    /** Hosts, `host:port`, and fingerprints of host keys. */
    readonly destinations: readonly string[];
  };
};
/** The service no longer finds the secret. */
export type SecretRemoved = {
  readonly type: 'SecretRemoved';
  readonly data: { readonly use: SecretUse; readonly reference: string };
};
export type SecretEvent = SecretStored | SecretBound | SecretRemoved;
export type AccessEvent = DataExported | LogRead | IntentRefused | CommandRefused;
