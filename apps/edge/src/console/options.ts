import type { Role } from '@interlock/contracts';
import type { OidcSettings } from './oidc.js';

/** Somebody who may sign in. `subject` is what tokens name; `name` is what people read. */
export type ConsolePerson = {
  readonly subject: string;
  readonly name: string;
  readonly role: Role;
  /** Their own tenant first. */
  readonly tenants: readonly string[];
};

/**
 * Who may log in: invited people, with a token for each that services accept; those whom an
 * identity provider knows; or both.
 */
export type ConsoleLogin = {
  /** The file of invitations, sessions and revocations; made where it is missing. */
  readonly stateFile: string;
  /** 32 bytes that sessions' cookies are encrypted with. */
  readonly key: Uint8Array;
  readonly people?: readonly ConsolePerson[];
  /** A token of this life, in seconds, for an invited person. */
  readonly mint?: (person: ConsolePerson, ttlS: number) => Promise<string>;
  readonly provider?: OidcSettings;
  /** How long a session lasts, in seconds, 12 hours. */
  readonly sessionS?: number;
};

export type ConsoleOptions = {
  /** The folder that the console was built into. */
  readonly site: string;
  readonly login?: ConsoleLogin;
  /** Where the browser reaches the edge by HTTPS: cookies are `Secure` then. */
  readonly https?: boolean;
};
