import type { Timestamp } from '../values/names.js';

/*
 * The events of category `access`, one stream a tenant and hour: `access-<tenant>:<YYYY-MM-DDTHH>`
 * in UTC. `metadata.actor` is who did it.
 */

/** A part of the log, or a person's data, left the system in a file. Recorded before it does. */
export type DataExported = {
  readonly type: 'DataExported';
  readonly data: {
    readonly what: 'log' | 'person';
    /** What was asked for, as `name=value` pairs; empty for everything. */
    readonly filter: string;
    /** The last position that the file covers; null where it has none. */
    readonly until: string | null;
  };
};
/**
 * The log was read. Of one reader's reads in an hour the first is recorded, when its answer ended;
 * `count` is the number of events in it.
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
 * An intent of the actor was not accepted. At most 60 a minute and credential are recorded singly.
 * The rest of a minute is one event without a hash, whose `count` is their number.
 */
export type IntentRefused = {
  readonly type: 'IntentRefused';
  readonly data: {
    readonly content_hash: string | null;
    readonly codes: readonly string[];
    readonly count: number;
  };
};
/**
 * A decision or a change that a person asked for was refused. Refusals of a request's form, such as
 * `validation-failed`, are not recorded. The bound and `count` are those of `IntentRefused`.
 */
export type CommandRefused = {
  readonly type: 'CommandRefused';
  readonly data: {
    /** Method and route, e.g. `POST /api/v1/changes/:id/approve`. */
    readonly command: string;
    /** The address without its query, as `/api/v1/changes/0199…/approve`; null if only counted. */
    readonly path: string | null;
    /** The code of the problem. */
    readonly code: string;
    readonly count: number;
  };
};
/** What a secret is for. */
export type SecretUse = 'device' | 'handler' | 'channel';
/**
 * A service found a secret that the log did not know, or one whose file was written since.
 * `changed_at` is the time of the file; null for a variable. No event holds a value. These events
 * are on `access-<tenant>:secrets=<use>`.
 */
export type SecretStored = {
  readonly type: 'SecretStored';
  readonly data: {
    readonly use: SecretUse;
    /** `file:NAME` or `env:NAME`. */
    readonly reference: string;
    readonly changed_at: Timestamp | null;
  };
};
/** The only destinations that the secret may be sent to, from now on. */
export type SecretBound = {
  readonly type: 'SecretBound';
  readonly data: {
    readonly use: SecretUse;
    readonly reference: string;
    /** Hosts, `host:port`, and fingerprints of host keys. */
    readonly destinations: readonly string[];
  };
};
/** The service does not find the secret any longer. */
export type SecretRemoved = {
  readonly type: 'SecretRemoved';
  readonly data: { readonly use: SecretUse; readonly reference: string };
};
export type SecretEvent = SecretStored | SecretBound | SecretRemoved;
export type AccessEvent = DataExported | LogRead | IntentRefused | CommandRefused;
