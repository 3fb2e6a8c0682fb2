import { randomBytes } from 'node:crypto';
import { spawn } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { roles, roleScopes, systemTenant, type Role } from '@interlock/contracts';
import type { DevIssuer } from '@interlock/platform';
import { writeWhole, type Home } from './home.js';
import { simulatedTenant } from './inventory.js';

/** A person who may sign in to the console of this home. */
type Person = {
  readonly subject: string;
  readonly name: string;
  readonly role: Role;
  readonly tenants: readonly string[];
};
export type ConsoleOfHome = {
  readonly site: string;
  readonly login: {
    readonly stateFile: string;
    readonly key: Uint8Array;
    readonly people: readonly Person[];
    readonly mint: (person: Person, ttlS: number) => Promise<string>;
  };
};
export type Invitations = {
  readonly isNew: boolean;
  readonly invite: (subject: string) => string;
};

const words = (role: Role): string => role.replaceAll('_', ' ');

/**
 * One person for each role. The administrator also has the system's tenant, whose stops apply
 * everywhere.
 */
const people: readonly Person[] = roles.map((role) => ({
  subject: `console-${role.replaceAll('_', '-')}`,
  name: `${words(role).slice(0, 1).toUpperCase()}${words(role).slice(1)}`,
  role,
  tenants: role === 'administrator' ? [simulatedTenant, systemTenant] : [simulatedTenant],
}));

const sessionKey = (home: Home): Uint8Array => {
  const path = home.path('secrets', 'console-key');
  if (!existsSync(path)) writeWhole(path, randomBytes(32).toString('base64url'));
  return Buffer.from(readFileSync(path, 'utf8'), 'base64url');
};

export const invitationsFile = (home: Home): string => home.path('secrets', 'console-login.json');

/** The console of this home. The development issuer makes the tokens of signed-in people. */
export const consoleOf = (home: Home, site: string, issuer: DevIssuer): ConsoleOfHome => ({
  site,
  login: {
    stateFile: invitationsFile(home),
    key: sessionKey(home),
    people,
    mint: ({ subject, role, tenants }, ttlS) =>
      issuer.token({
        tenant: tenants[0] ?? simulatedTenant,
        tenants,
        scopes: roleScopes[role],
        sub: subject,
        kind: 'person',
        ttlS,
      }),
  },
});

/** One sign-in link for each person, at the first start and on request. A link signs in once. */
export const invitationLines = (
  http: string,
  state: Invitations,
  asked: boolean,
): { readonly lines: readonly string[]; readonly first: string | undefined } => {
  if (!state.isNew && !asked)
    return {
      lines: [`  console    ${http}   (signed out? new links: npm start -- --invite)`],
      first: undefined,
    };
  const links = people.map(({ subject, role }) => ({
    role,
    link: `${http}/login#invitation=${state.invite(subject)}`,
  }));
  const first = links.find(({ role }) => role === 'administrator');
  return {
    lines: [
      `  console    ${http}   sign in with one of these links; each is good once, for seven days, and is not shown again:`,
      ...links.map(({ role, link }) => `    ${words(role).padEnd(16)} ${link}`),
    ],
    first: first?.link,
  };
};

/** Opens an address in the browser of this machine; does nothing if there is none. */
export const openInBrowser = (address: string): void => {
  const [program, ...args] =
    process.platform === 'darwin'
      ? ['open', address]
      : process.platform === 'win32'
        ? ['explorer', address]
        : ['xdg-open', address];
  const child = spawn(program ?? 'xdg-open', args, { stdio: 'ignore', detached: true });
  child.once('error', () => undefined);
  child.unref();
};
