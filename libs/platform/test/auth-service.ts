import { afterAll, beforeAll } from '@jest/globals';
import { exportJWK, generateKeyPair } from 'jose';
import { createDevIssuer, startService, type DevIssuer, type RunningService } from '../src/index.js';
import { demoEffects, demoModule } from './demo.js';
import { fakeContext, type FakeParts } from './fake-context.js';

export let issuer: DevIssuer;
export let parts: FakeParts;
export let running: RunningService;
export let rsa: Awaited<ReturnType<typeof generateKeyPair>>;

/**
 * Starts the demo service with an issuer of its own before the tests of a suite, and stops it after
 * them.
 */
export const startAuthService = (): void => {
  beforeAll(async () => {
    issuer = await createDevIssuer();
    rsa = await generateKeyPair('RS256', { extractable: true });
    const keys = (issuer.auth.jwks as { keys: object[] }).keys;
    parts = fakeContext({
      ...issuer.auth,
      jwks: {
        keys: [...keys, { ...(await exportJWK(rsa.publicKey)), kid: 'rsa', alg: 'RS256', use: 'sig' }],
      },
    });
    running = await startService(parts.context, demoModule, { title: 'Demo', effects: demoEffects });
  });
  afterAll(async () => {
    await running.stop();
  });
};
