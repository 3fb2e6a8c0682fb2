// A real OpenID Connect provider in its own process: `oidc-provider`, with the clients and people
// that a test names. Every visitor is logged in as the `login_hint` names and consents to
// everything. Nothing else is simplified.
import { generateKeyPairSync, randomBytes } from 'node:crypto';
import { createServer } from 'node:http';
import { argv, stdout } from 'node:process';

import { Provider } from 'oidc-provider';

const settings = JSON.parse(argv[2] ?? '{}');
const { port, people, clients, resources, accessTokenS, firstPerson } = settings;
const issuer = `http://127.0.0.1:${port}`;
const { privateKey } = generateKeyPairSync('rsa', { modulusLength: 2048 });

const claimsOf = (account) => people[account] ?? {};
/**
 * When the person logged in (RFC 9068). The provider puts it into an access token if configured,
 * and a client's own token has none.
 */
const loggedIn = ({ oidc: { entities } }) => {
  const { authTime } = entities.AuthorizationCode ?? entities.DeviceCode ?? entities.RefreshToken ?? {};
  return authTime === undefined ? {} : { auth_time: authTime };
};
const provider = new Provider(issuer, {
  clients,
  jwks: { keys: [{ ...privateKey.export({ format: 'jwk' }), use: 'sig', alg: 'RS256', kid: 'test' }] },
  cookies: { keys: [randomBytes(16).toString('hex')] },
  claims: { openid: ['sub'], profile: ['name'] },
  conformIdTokenClaims: false,
  findAccount: (_context, id) => ({
    accountId: id,
    claims: () => ({ sub: id, name: claimsOf(id).name ?? id }),
  }),
  extraTokenClaims: (context, token) => ({
    ...loggedIn(context),
    ...Object.fromEntries(Object.entries(claimsOf(token.accountId)).filter(([claim]) => claim !== 'name')),
  }),
  features: {
    devInteractions: { enabled: false },
    clientCredentials: { enabled: true },
    deviceFlow: { enabled: true },
    revocation: { enabled: true },
    rpInitiatedLogout: { enabled: true },
    resourceIndicators: {
      enabled: true,
      defaultResource: () => Object.keys(resources)[0],
      useGrantedResource: () => true,
      getResourceServerInfo: (_context, resource) => ({
        scope: '',
        audience: resources[resource],
        accessTokenTTL: accessTokenS,
        accessTokenFormat: 'jwt',
        jwt: { sign: { alg: 'RS256' } },
      }),
    },
  },
  issueRefreshToken: () => true,
  rotateRefreshToken: true,
  interactions: { url: (_context, { uid }) => `/interaction/${uid}` },
  ttl: {
    AccessToken: accessTokenS,
    ClientCredentials: accessTokenS,
    Grant: 3600,
    IdToken: 600,
    Interaction: 600,
    RefreshToken: 3600,
    Session: 3600,
    DeviceCode: 600,
  },
});

// A device need not wait five seconds before it asks again.
provider.use(async (context, next) => {
  await next();
  if (context.path === '/device/auth' && context.status === 200)
    context.body = { ...context.body, interval: 1 };
});
provider.use(async (context, next) => {
  if (!context.path.startsWith('/interaction/')) return next();
  const { prompt, params, session } = await provider.interactionDetails(context.req, context.res);
  if (prompt.name === 'login') {
    const accountId = params.login_hint ?? firstPerson;
    context.redirect(await provider.interactionResult(context.req, context.res, { login: { accountId } }));
    return undefined;
  }
  const grant = new provider.Grant({ accountId: session.accountId, clientId: params.client_id });
  grant.addOIDCScope(params.scope);
  for (const resource of Object.keys(resources)) grant.addResourceScope(resource, '');
  const grantId = await grant.save();
  context.redirect(
    await provider.interactionResult(
      context.req,
      context.res,
      { consent: { grantId } },
      { mergeWithLastSubmission: true },
    ),
  );
  return undefined;
});

// The first process of a container ends on a signal only if it says so.
process.on('SIGTERM', () => process.exit(0));
createServer(provider.callback()).listen(port, '127.0.0.1', () => {
  stdout.write(`listening ${issuer}\n`);
});
