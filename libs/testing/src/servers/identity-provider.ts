import { freePort, startGuarded } from '@interlock/embedded';
import { testProgram } from '../guarded-program.js';

export type IdentityProviderOptions = {
  /**
   * The claims of each person's access tokens, besides the standard ones and `auth_time`, or in
   * their place. `name` goes into the ID token. The first person logs in if nobody is named.
   */
  readonly people: { readonly [account: string]: { readonly [claim: string]: unknown } };
  /** The permitted redirect addresses for the browser. */
  readonly redirectUris: readonly string[];
  /** The lifetime of an access token in seconds; default 300. */
  readonly accessTokenS?: number;
  /** The port, if it must be known beforehand; else a free one. */
  readonly port?: number;
};

/** A real OpenID Connect provider in a process or container of its own (`oidc-provider`). */
export type IdentityProvider = {
  readonly issuer: string;
  /** Its client for the console, a confidential one. */
  readonly client: { readonly id: string; readonly secret: string };
  /** Its client for the command line, a public one with the device flow. */
  readonly device: { readonly id: string };
  /** A client that logs nobody in; its access tokens are its own. */
  readonly robot: { readonly id: string; readonly secret: string };
  /**
   * The audiences of access tokens: `interlock` at the first resource, the default, and `other` at
   * the second.
   */
  readonly resources: { readonly interlock: string; readonly other: string };
  /**
   * Goes through the login as a browser does; returns the address that the provider redirects to.
   */
  readonly logIn: (authorizationUrl: string, account: string) => Promise<string>;
  /** Approves a device at the address that the device shows. */
  readonly approve: (verificationUrl: string) => Promise<void>;
  readonly stop: () => Promise<void>;
};

/** A browser that keeps the cookies of one origin and follows redirects within it. */
class Browser {
  readonly #cookies = new Map<string, string>();

  constructor(private readonly origin: string) {}

  async #ask(url: string, form?: URLSearchParams): Promise<Response> {
    const response = await fetch(url, {
      redirect: 'manual',
      headers: { cookie: [...this.#cookies].map(([name, value]) => `${name}=${value}`).join('; ') },
      ...(form === undefined ? {} : { method: 'POST', body: form }),
    });
    for (const cookie of response.headers.getSetCookie()) {
      const [, name = '', value = ''] = /^([^=]+)=([^;]*)/.exec(cookie) ?? [];
      if (value === '') this.#cookies.delete(name);
      else this.#cookies.set(name, value);
    }
    return response;
  }

  /** The page after all redirects within the origin, or the first address outside it. */
  async go(
    start: string,
    form?: URLSearchParams,
  ): Promise<{ readonly left?: string; readonly page: string }> {
    let url = start;
    let body = form;
    for (let step = 0; step < 20; step++) {
      const response = await this.#ask(url, body);
      const text = await response.text();
      const location = response.headers.get('location');
      if (location === null) return { page: text };
      url = new URL(location, url).href;
      body = undefined;
      if (!url.startsWith(`${this.origin}/`)) return { left: url, page: text };
    }
    throw new Error('the provider redirects without end');
  }
}

/** The form of a page of the device flow, filled in. */
const filled = (page: string, fields: { readonly [name: string]: string }): URLSearchParams =>
  new URLSearchParams({ xsrf: /name="xsrf" value="([^"]*)"/.exec(page)?.[1] ?? '', ...fields });

/** Starts a provider on 127.0.0.1. It ends with this process at the latest. */
export const startIdentityProvider = async (options: IdentityProviderOptions): Promise<IdentityProvider> => {
  const port = options.port ?? (await freePort());
  const client = { id: 'interlock-console', secret: 'a secret of the console client' };
  const device = { id: 'interlock-cli' };
  const robot = { id: 'robot', secret: 'a secret of the robot' };
  const resources = { interlock: 'urn:example:interlock', other: 'urn:example:other' };
  const running = await startGuarded(
    testProgram('identity-provider', {
      port,
      people: options.people,
      firstPerson: Object.keys(options.people)[0],
      accessTokenS: options.accessTokenS ?? 300,
      resources: { [resources.interlock]: 'interlock', [resources.other]: 'other' },
      clients: [
        {
          client_id: client.id,
          client_secret: client.secret,
          redirect_uris: options.redirectUris,
          post_logout_redirect_uris: options.redirectUris.map((uri) => new URL('/login', uri).href),
          grant_types: ['authorization_code', 'refresh_token'],
          response_types: ['code'],
        },
        {
          client_id: device.id,
          token_endpoint_auth_method: 'none',
          application_type: 'native',
          redirect_uris: [],
          response_types: [],
          grant_types: ['urn:ietf:params:oauth:grant-type:device_code', 'refresh_token'],
        },
        {
          client_id: robot.id,
          client_secret: robot.secret,
          redirect_uris: [],
          response_types: [],
          grant_types: ['client_credentials'],
        },
      ],
    }),
  );
  const issuer = `http://127.0.0.1:${port}`;
  return {
    issuer,
    client,
    device,
    robot,
    resources,
    logIn: async (authorizationUrl, account) => {
      const url = new URL(authorizationUrl);
      url.searchParams.set('login_hint', account);
      const { left, page } = await new Browser(issuer).go(url.href);
      if (left === undefined) throw new Error(`the provider does not lead back: ${page.slice(0, 2000)}`);
      return left;
    },
    approve: async (verificationUrl) => {
      const browser = new Browser(issuer);
      const user_code = new URL(verificationUrl).searchParams.get('user_code') ?? '';
      const asked = await browser.go(verificationUrl);
      const shown = await browser.go(`${issuer}/device`, filled(asked.page, { user_code }));
      const { page } = await browser.go(
        `${issuer}/device`,
        filled(shown.page, { user_code, confirm: 'yes' }),
      );
      if (!/success/i.test(page)) throw new Error(`the device was not let in: ${page.slice(-2000)}`);
    },
    stop: running.stop,
  };
};
