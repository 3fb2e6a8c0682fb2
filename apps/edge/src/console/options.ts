import type { Role } from '@interlock/contracts';
import type { OidcSettings } from './oidc.js';
import type { RecordPerson } from './person-log.js';

/** A person who may sign in. `subject` appears in tokens; `name` is shown to people. */
export type ConsolePerson = {
  readonly subject: string;
  readonly name: string;
  readonly role: Role;
  /** The person's tenants, main tenant first. */
  readonly tenants: readonly string[];
};

/**
 * The people who may log in: invited people, each with a token that services accept; people of an
 * identity provider; or both.
 */
export type ConsoleLogin = {
  /** The file of invitations, sessions and revocations; created if missing. */
  readonly stateFile: string;
  /** 32 bytes each. The first encrypts sessions' cookies; all of them open them. */
  readonly keys: readonly [Uint8Array, ...Uint8Array[]];
  readonly people?: readonly ConsolePerson[];
  /** Makes a token for an invited person that is valid for `ttlS` seconds. */
  readonly mint?: (person: ConsolePerson, ttlS: number) => Promise<string>;
  readonly provider?: OidcSettings;
  /** Records invitations and sign-ins in the log. Without it, nobody is invited or signs in. */
  readonly record: RecordPerson;
  /** The life of a session in seconds; the default is 12 hours. */
  readonly sessionS?: number;
};

export type ConsoleOptions = {
  /** The folder that contains the built console. */
  readonly site: string;
  readonly login?: ConsoleLogin;
  /** True if browsers reach the edge by HTTPS. Cookies are then `Secure`. */
  readonly https?: boolean;
};
