import type { LoginMethods } from '@interlock/contracts';
import type { Schema } from '@interlock/api-types';
import {
  changeContexts,
  contextNamed,
  readContexts,
  type Context,
  type Contexts,
  type Credential,
} from '../../connection/contexts.js';
import { recordShape, remark, tableShape } from '../../output/output.js';
import { addressOf, headersOf } from '../../connection/remote.js';
import { unanswered } from '../../connection/unanswered.js';
import { answerOf, CliError, pathOf, print, visible } from '../../connection/session.js';
import { act, all, answer, group } from '../../program/declare.js';

const ask = async (url: string, init: RequestInit = {}): Promise<Response> => {
  try {
    return await fetch(url, { ...init, redirect: 'error' });
  } catch (error) {
    throw new CliError(`Interlock does not answer at ${new URL(url).origin}${unanswered(error)}`);
  }
};

/** The address and the secret in an invitation's link. Throws for any other text. */
const invitationIn = (link: string): { readonly url: string; readonly secret: string } => {
  const url = URL.canParse(link) ? new URL(link) : undefined;
  const secret = new URLSearchParams(url?.hash.slice(1) ?? '').get('invitation');
  if (url === undefined || secret === null || secret === '')
    throw new CliError('--invitation takes a link as `npm start` prints it, with its end behind `#`', 2);
  return { url: addressOf(url.origin, 'the link'), secret };
};

/**
 * Begins a session of the console with an invitation. The command line keeps its cookie like a
 * browser.
 */
const byInvitation = async (url: string, invitation: string): Promise<Credential> => {
  const answer = await ask(`${url}/session`, {
    method: 'POST',
    headers: {
      'content-type': 'application/json',
      'x-interlock-console': '1',
      'user-agent': 'interlock command line',
    },
    body: JSON.stringify({ invitation }),
  });
  await answerOf(answer.clone());
  const cookie = answer.headers
    .getSetCookie()
    .map((one) => one.split(';')[0])
    .join('; ');
  return { kind: 'session', cookie };
};

const byProvider = async (url: string): Promise<Credential> => {
  const methods = await answerOf<LoginMethods>(await ask(`${url}/session/methods`));
  const { oidc } = methods;
  if (oidc === null || oidc.device === null)
    throw new CliError(
      methods.invitation
        ? 'people log in here by invitation: interlock login --invitation LINK'
        : 'logging in with a device is not set up here: use --token-file',
      2,
    );
  const { byDevice } = await import('../../connection/provider.js');
  return byDevice(oidc.issuer, oidc.device, (at) =>
    process.stderr.write(`Open ${visible(at.url)}\nand say yes there to the code ${visible(at.code)}\n`),
  );
};

const whoIs = async (url: string, name: string, credential: Credential) =>
  answerOf<Schema<'WhoamiDto'>>(
    await ask(`${url}/api/v1/whoami`, { headers: await headersOf(name, credential) }),
  );

const withContext = (contexts: Contexts, name: string, context: Context): Contexts => ({
  current: name,
  contexts: { ...contexts.contexts, [name]: context },
});

const login = act({
  command: 'login [url]',
  about: 'log in to an installation by its identity provider, a token file, or an invitation',
  options: { '--invitation <link>': 'a link as `npm start` prints it, which works once' },
  run: async ({ globals, options: { invitation: link } }, address) => {
    const { context: named, tokenFile, url: asked } = globals;
    const invited = link === undefined ? undefined : invitationIn(link);
    const known = readContexts().contexts[named ?? readContexts().current ?? '']?.url;
    const given = address ?? asked ?? invited?.url ?? known;
    if (given === undefined) throw new CliError('say where: interlock login URL', 2);
    const url = addressOf(given, 'what was given');
    const name = named ?? new URL(url).host;
    const credential: Credential =
      tokenFile !== undefined
        ? { kind: 'token_file', path: pathOf(tokenFile) }
        : invited !== undefined
          ? await byInvitation(url, invited.secret)
          : await byProvider(url);
    const who = await whoIs(url, name, credential);
    const tenant = globals.tenantGiven === true ? globals.tenant : who.tenants[0];
    await changeContexts((contexts) =>
      withContext(contexts, name, { url, credential, ...(tenant === undefined ? {} : { tenant }) }),
    );
    print(
      `logged in at ${url} as ${visible(who.name)}, tenant ${visible(tenant ?? 'none')}; the context is \`${name}\``,
    );
    if (who.scopes.length === 0) print('this installation knows none of the roles, so nothing is allowed');
  },
});

const logout = act({
  command: 'logout',
  about: 'end the login of the current context, or of --context',
  run: async ({ globals }) => {
    const found = contextNamed(globals.context);
    if (found === undefined) throw new CliError('no one is logged in');
    const { name, context } = found;
    const { credential, ...rest } = context;
    await changeContexts(({ current, contexts }) => ({
      current,
      contexts: { ...contexts, [name]: { ...rest, credential: null } },
    }));
    // The login is forgotten here in any case. The message reports what happened at the provider.
    try {
      if (credential?.kind === 'oidc')
        await (await import('../../connection/provider.js')).revoked(credential);
      if (credential?.kind === 'session')
        await ask(`${context.url}/session`, { method: 'DELETE', headers: await headersOf(name, credential) });
      print(`logged out of \`${name}\``);
    } catch {
      print(
        `logged out of \`${name}\` here; the server did not answer, and the login expires there by itself`,
      );
    }
  },
});

const whoami = answer({
  command: 'whoami',
  about: 'show who you are, and what you may do',
  routes: ['GET /api/v1/whoami'],
  run: ({ session }) => session.ask('GET /api/v1/whoami'),
  shape: recordShape<Schema<'WhoamiDto'>>(({ subject }) => subject),
  piped: 'json',
});

type ContextRow = {
  readonly name: string;
  readonly current: boolean;
  readonly url: string;
  readonly tenant: string | null;
  readonly login: 'oidc' | 'session' | 'token_file' | null;
};
const contextShape = tableShape<ContextRow>(
  () => [
    { head: '', of: ({ current }) => (current ? '*' : '') },
    { head: 'CONTEXT', of: ({ name }) => name },
    { head: 'URL', of: ({ url }) => url, fit: 16 },
    { head: 'TENANT', of: ({ tenant }) => tenant },
    { head: 'LOGIN', of: ({ login: by }) => by?.replace('_', ' ') ?? 'logged out' },
  ],
  ({ name }) => name,
  ({ items }) => items,
);

/** Prints the public part of the contexts: who is logged in, never their credentials. */
const listContexts = answer({
  command: 'list',
  about: 'list them; * marks the current one',
  run: async ({ tell }) => {
    const { current, contexts } = readContexts();
    const items = Object.entries(contexts).map(([name, { url, tenant = null, credential }]): ContextRow => ({
      name,
      current: name === current,
      url,
      tenant,
      login: credential?.kind ?? null,
    }));
    await tell({ items }, contextShape);
    if (items.length === 0) remark('No contexts: `interlock login URL` makes one.');
  },
});

/** `interlock login`, `logout`, `whoami` and `context`. */
export const addLogin = all(
  login,
  logout,
  whoami,
  group('context', 'installations that you logged in to', [
    listContexts,
    act({
      command: 'use <name>',
      about: 'make one current',
      run: (_, name) =>
        changeContexts((contexts) => {
          contextNamed(name);
          return { ...contexts, current: name };
        }),
    }),
    act({
      command: 'remove <name>',
      about: 'forget one; the installation is not told',
      run: (_, name) =>
        changeContexts(({ current, contexts }) => {
          contextNamed(name);
          const { [name]: _removed, ...others } = contexts;
          return { current: current === name ? null : current, contexts: others };
        }),
    }),
  ]),
);
