import { startReceiver, type Receiver } from '@interlock/testing';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { Provider } from '../src/console/oidc.js';

/** A stand-in of an identity provider, whose token endpoint answers as it is told. */
let receiver: Receiver;
let answer = { status: 200, type: 'application/json', body: '{}' };
let provider: Provider;

beforeAll(async () => {
  receiver = await startReceiver((response, { path }) => {
    const issuer = receiver.url;
    const { status, type, body } =
      path === '/.well-known/openid-configuration'
        ? {
            status: 200,
            type: 'application/json',
            body: JSON.stringify({
              issuer,
              authorization_endpoint: `${issuer}/authorize`,
              token_endpoint: `${issuer}/token`,
              jwks_uri: `${issuer}/jwks`,
              response_types_supported: ['code'],
              id_token_signing_alg_values_supported: ['PS256', 'ES384'],
            }),
          }
        : answer;
    response.writeHead(status, { 'content-type': type }).end(body);
  });
  provider = new Provider({
    issuer: receiver.url,
    name: 'Example',
    clientId: 'interlock',
    scope: 'openid',
    publicUrl: 'http://127.0.0.1:1',
  });
});
afterAll(() => receiver.stop());

const refreshed = (status: number, body: object | string, type = 'application/json'): Promise<unknown> => {
  answer = { status, type, body: typeof body === 'string' ? body : JSON.stringify(body) };
  return provider.refresh({ access: 'a', renew: 0, refresh: 'r' });
};

describe('a refresh at an identity provider', () => {
  it.each<[number, object | string, string?]>([
    [429, { error: 'too_many_requests' }],
    [503, { error: 'overloaded' }],
    [400, { error: 'temporarily_unavailable' }],
    [400, { error: 'server_error' }],
    [502, '<html>Bad Gateway</html>', 'text/html'],
    [403, '<html>Blocked</html>', 'text/html'],
    [200, '<html>Sign in</html>', 'text/html'],
    [200, '{"access_token":'],
  ])('that is answered %i %j may succeed later, so the login stays', async (...answered) => {
    await expect(refreshed(...answered)).rejects.toMatchObject({ code: 'service-unreachable' });
  });

  it.each<[number, object]>([
    [400, { error: 'invalid_grant' }],
    [401, { error: 'invalid_client' }],
  ])('that is answered %i %j ends the login', async (...answered) => {
    await expect(refreshed(...answered)).rejects.toMatchObject({ code: 'unauthenticated' });
  });

  it('takes a life that is told as text', async () => {
    expect(
      await refreshed(200, { access_token: 'b', token_type: 'bearer', expires_in: '3600' }),
    ).toMatchObject({ access: 'b', refresh: 'r' });
  });
});
