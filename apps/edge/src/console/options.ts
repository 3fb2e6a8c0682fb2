import type { Role } from '@interlock/contracts';
import type { OidcSettings } from './oidc.js';
import type { RecordPerson } from './person-log.js';

/** A person who may sign in. `subject` appears in tokens; `name` is shown to people. */
export type ConsolePerson = {
  readonly subject: string;
  readonly name: string;
  readonly role: Role;
  /** Their main tenant first. */
  readonly tenants: readonly string[];
};

/**
 * Who may log in: invited people, each with a token that services accept; people of an identity
 * provider; or both.
 */
export type ConsoleLogin = {
  /** The file of invitations, sessions and revocations; created if missing. */
  readonly stateFile: string;
  /** 32 bytes that encrypt sessions' cookies. */
  readonly key: Uint8Array;
  readonly people?: readonly ConsolePerson[];
  /** Makes a token for an invited person that lives `ttlS` seconds. */
  readonly mint?: (person: ConsolePerson, ttlS: number) => Promise<string>;
  readonly provider?: OidcSettings;
  /** Records in the log who is invited and who signs in; without it nobody does either. */
  readonly record: RecordPerson;
  /** The life of a session in seconds; default 12 hours. */
  readonly sessionS?: number;
};

export type ConsoleOptions = {
  /** The folder that the console was built into. */
  readonly site: string;
  readonly login?: ConsoleLogin;
  /** True if browsers reach the edge by HTTPS: cookies are then `Secure`. */
  readonly https?: boolean;
};
