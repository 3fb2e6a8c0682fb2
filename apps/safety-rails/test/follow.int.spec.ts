import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { InterlockClient, type ActionEvent } from '@interlock/client';
import { collect, positionText } from '@interlock/kernel';
import { buildApps, freePort, startGuarded, until, type Guarded } from '@interlock/testing';
import { intentsOf, requestRails, startRails, type StartedRails } from './started-rails.js';

const folder = mkdtempSync(join(tmpdir(), 'interlock-follow-'));
const pidFile = join(folder, 'edge.pid');
const program = `
  import { createEdge } from ${JSON.stringify(new URL('../../edge/dist/main.js', import.meta.url).href)};
  const { AUTH, PORT, UPSTREAM } = process.env;
  const edge = await createEdge({
    host: '127.0.0.1',
    port: Number(PORT),
    services: [{ name: 'safety-rails', prefixes: ['/api/v1/autonomous'], origin: UPSTREAM }],
    auth: JSON.parse(AUTH),
  });
  console.log('listening ' + edge.url);
`;
let started: StartedRails;
let port: number;
let edge: Guarded;
let submitted = 0;
const intent = intentsOf('followed');

/** The edge as a process of its own, at the same address in each of its lives. */
const live = async (): Promise<void> => {
  edge = await startGuarded({
    program: process.execPath,
    args: ['--input-type=module', '--eval', program],
    env: {
      ...process.env,
      NODE_OPTIONS: '',
      AUTH: JSON.stringify(started.parts.issuer.auth),
      PORT: `${port}`,
      UPSTREAM: `http://127.0.0.1:${started.rails.http.port}`,
    },
    pidFile,
    ready: /^listening (\S+)$/m,
  });
};
const kill = async (): Promise<void> => {
  process.kill(Number(readFileSync(pidFile, 'utf8')), 'SIGKILL');
  await edge.ended;
};
/** Submits beside the edge, so that events happen while it is away. */
const submit = async (): Promise<void> => {
  const headers = await started.parts.issuer.service(['AUTONOMOUS_SUBMIT'], { tenant: 'demo' });
  for (let i = 0; i < 3; i += 1, submitted += 1)
    expect((await requestRails(started, 'POST', '/actions', { headers, body: intent() })).status).toBe(202);
};
const tokenOf = async (): Promise<string> => {
  const { authorization } = await started.parts.issuer.service(['AUTONOMOUS_READ'], { tenant: 'demo' });
  return authorization.replace('Bearer ', '');
};
/** The positions of the tenant's events of actions, by the log itself. */
const inLog = async (): Promise<readonly string[]> =>
  (await collect(started.parts.log.store.readAll()))
    .filter(({ stream }) => stream.startsWith('action-demo:'))
    .map(({ position }) => positionText(position));

beforeAll(async () => {
  await buildApps('apps/edge');
  started = await startRails({});
  port = await freePort();
  await live();
});
afterAll(async () => {
  await edge.stop();
  await started.stop();
  rmSync(folder, { recursive: true, force: true });
});

describe('a client that follows the events of actions', () => {
  it('finds each event once and in order, over kills of the edge', async () => {
    const client = new InterlockClient({ url: `http://127.0.0.1:${port}`, token: tokenOf });
    const found: ActionEvent[] = [];
    const end = new AbortController();
    // From the beginning, so that it does not matter when the stream opens.
    const following = (async () => {
      for await (const event of client.follow(null, { signal: end.signal, after: '0' })) found.push(event);
    })();
    for (let life = 0; life < 3; life += 1) {
      await submit();
      await until(
        () => found.filter(({ type }) => type === 'IntentAccepted').length === submitted,
        'it follows',
      );
      await kill();
      await submit();
      await live();
    }
    await until(async () => found.length === (await inLog()).length, 'it has everything');
    end.abort();
    await following;
    const accepted = found.filter(({ type }) => type === 'IntentAccepted');
    expect(accepted).toHaveLength(submitted);
    expect(found.map(({ position }) => position)).toEqual((await inLog()).slice(0, found.length));
  });

  it('resumes after the last event that it handled, in another process too', async () => {
    const client = new InterlockClient({ url: `http://127.0.0.1:${port}`, token: tokenOf });
    const positions = await inLog();
    const after = positions[4]!;
    for await (const event of client.follow(null, { after })) {
      expect(event.position).toBe(positions[5]);
      break;
    }
  });

  it('ends with a refusal that does not pass', async () => {
    const client = new InterlockClient({ url: `http://127.0.0.1:${port}`, token: 'no token' });
    const refused = client.follow()[Symbol.asyncIterator]().next();
    await expect(refused).rejects.toMatchObject({ code: 'unauthenticated' });
  });
});
