import { randomBytes } from 'node:crypto';
import { spawn } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import {
  roles,
  roleScopes,
  systemTenant,
  type RecordPersonAnswer,
  type RecordPersonRequest,
  type Role,
} from '@interlock/contracts';
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
/** The first key encrypts sessions' cookies; all of them open them. */
type SessionKeys = readonly [Uint8Array, ...Uint8Array[]];
type RecordPerson = (request: RecordPersonRequest) => Promise<RecordPersonAnswer>;
export type ConsoleOfHome = {
  readonly site: string;
  readonly login: {
    readonly stateFile: string;
    readonly keys: SessionKeys;
    readonly people: readonly Person[];
    readonly mint: (person: Person, ttlS: number) => Promise<string>;
    readonly record: RecordPerson;
  };
};
export type Invitations = {
  readonly isNew: boolean;
  readonly invite: (subject: string) => string;
};

const words = (role: Role): string => role.replaceAll('_', ' ');

/**
 * Returns a person. An administrator also gets the system's tenant, whose stops apply everywhere.
 */
const personOf = (subject: string, name: string, role: Role): Person => ({
  subject: `console-${subject}`,
  name,
  role,
  tenants: role === 'administrator' ? [simulatedTenant, systemTenant] : [simulatedTenant],
});

const isRole = (text: string): text is Role => roles.some((role) => role === text);

/**
 * Returns the founders, whom nobody invited. They come from `INTERLOCK_FOUNDERS`, such as
 * `Ada=administrator, Bo=approver`. Without it, there is one person for each role. Throws an error
 * that names every fault.
 */
export const foundersIn = (text: string | undefined): readonly Person[] => {
  if (text === undefined || text.trim() === '')
    return roles.map((role) =>
      personOf(
        role.replaceAll('_', '-'),
        `${words(role).slice(0, 1).toUpperCase()}${words(role).slice(1)}`,
        role,
      ),
    );
  const asked = text.split(',').map((one) => {
    const [name = '', role = ''] = one.split('=').map((part) => part.trim());
    return { name, role: role.replaceAll('-', '_') };
  });
  const founders = asked.flatMap(({ name, role }) =>
    isRole(role) && /^[A-Za-z][A-Za-z0-9 -]{0,40}$/.test(name)
      ? [personOf(name.toLowerCase().replaceAll(/[^a-z0-9]+/g, '-'), name, role)]
      : [],
  );
  const faults = [
    ...(founders.length === asked.length
      ? []
      : [`must be NAME=ROLE, …; a role is one of ${roles.join(', ')}`]),
    ...(new Set(founders.map(({ subject }) => subject)).size === founders.length
      ? []
      : ['must have a name of its own for each person']),
    ...(founders.some(({ role }) => role === 'administrator') ? [] : ['must have an administrator']),
  ];
  if (faults.length > 0) throw new Error(`INTERLOCK_FOUNDERS ${faults.join('; it ')}`);
  return founders;
};
const people: readonly Person[] = foundersIn(process.env['INTERLOCK_FOUNDERS']);

/** 32 bytes, made at the first start; a line for each key while one is being replaced. */
export const sessionKeys = (home: Home): SessionKeys => {
  const path = home.path('secrets', 'console-key');
  if (!existsSync(path)) writeWhole(path, randomBytes(32).toString('base64url'));
  const [first = '', ...others] = readFileSync(path, 'utf8').trim().split('\n');
  const bytes = (line: string): Uint8Array => Buffer.from(line, 'base64url');
  return [bytes(first), ...others.map(bytes)];
};

export const invitationsFile = (home: Home): string => home.path('secrets', 'console-login.json');

/**
 * Returns the login by invitation. The development issuer makes the tokens of signed-in people.
 * `record` writes each change of people's access to the log.
 */
export const invitedLogin = (
  stateFile: string,
  keys: SessionKeys,
  issuer: DevIssuer,
  record: RecordPerson,
): ConsoleOfHome['login'] => ({
  stateFile,
  keys,
  people,
  record,
  mint: ({ subject, role, tenants }, ttlS) =>
    issuer.token({
      tenant: tenants[0] ?? simulatedTenant,
      tenants,
      scopes: roleScopes[role],
      roles: [role],
      sub: subject,
      kind: 'person',
      ttlS,
    }),
});

/** Returns the console of this home. */
export const consoleOf = (
  home: Home,
  site: string,
  issuer: DevIssuer,
  record: RecordPerson,
): ConsoleOfHome => ({
  site,
  login: invitedLogin(invitationsFile(home), sessionKeys(home), issuer, record),
});

/** Makes a new sign-in link for each person. */
export const newLinks = (
  http: string,
  state: Pick<Invitations, 'invite'>,
): readonly { readonly name: string; readonly role: Role; readonly link: string }[] =>
  people.map(({ subject, name, role }) => ({
    name,
    role,
    link: `${http}/login#invitation=${state.invite(subject)}`,
  }));

/**
 * Returns one sign-in link for each person, at the first start and on request. A link signs in
 * once.
 */
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
  const links = newLinks(http, state);
  const first = links.find(({ role }) => role === 'administrator');
  return {
    lines: [
      `  console    ${http}   sign in with one of these links; each is good once, for seven days, and is not shown again:`,
      ...links.map(({ name, link }) => `    ${name.toLowerCase().padEnd(16)} ${link}`),
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
