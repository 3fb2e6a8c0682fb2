import type { Role } from '@interlock/contracts';

/** Somebody who may sign in. `subject` is what tokens name; `name` is what people read. */
export type ConsolePerson = {
  readonly subject: string;
  readonly name: string;
  readonly role: Role;
  /** Their own tenant first. */
  readonly tenants: readonly string[];
};

/** What the embedded default's login needs: invited people, and a token for each that services accept. */
export type InvitedLogin = {
  /** The file of invitations, whole sessions and revocations; made where it is missing. */
  readonly stateFile: string;
  /** 32 bytes that sessions' cookies are encrypted with. */
  readonly key: Uint8Array;
  readonly people: readonly ConsolePerson[];
  /** A token of this life, in seconds, for the person. */
  readonly mint: (person: ConsolePerson, ttlS: number) => Promise<string>;
  /** How long a session lasts, in seconds, 12 hours. */
  readonly sessionS?: number;
};

export type ConsoleOptions = {
  /** The folder that the console was built into. */
  readonly site: string;
  readonly login?: InvitedLogin;
  /** Where the browser reaches the edge by HTTPS: cookies are `Secure` then. */
  readonly https?: boolean;
};
