import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { createDevIssuer } from '@interlock/platform';
import { createEdge, type Edge } from '../src/main.js';

describe("an address of the edge's own", () => {
  let edge: Edge;
  beforeAll(async () => {
    const { auth } = await createDevIssuer();
    edge = await createEdge({ host: '127.0.0.1', port: 0, auth, services: [] });
  });
  afterAll(() => edge.stop());

  it.each(['/openapi.json', '/health/ready', '/metrics', '/metrics/posture'])(
    'refuses another method, and names its own: %s',
    async (path) => {
      const refused = await fetch(`${edge.url}${path}`, { method: 'DELETE' });
      expect([refused.status, refused.headers.get('allow')]).toEqual([405, 'GET, HEAD']);
      expect(await refused.json()).toMatchObject({ code: 'method-not-allowed', allow: ['GET', 'HEAD'] });
      const options = await fetch(`${edge.url}${path}`, { method: 'OPTIONS' });
      expect([options.status, options.headers.get('allow')]).toEqual([204, 'GET, HEAD']);
    },
  );

  it('is none where nothing is', async () => {
    for (const method of ['GET', 'DELETE', 'OPTIONS'])
      expect((await fetch(`${edge.url}/api/v1/other`, { method })).status).toBe(404);
  });
});
