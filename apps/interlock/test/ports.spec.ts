import { afterAll, describe, expect, it } from '@jest/globals';
import { mkdtempSync, rmSync } from 'node:fs';
import { createServer, type AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { freePort } from '@interlock/embedded';
import { Home } from '../src/home.js';
import { portFor } from '../src/parts.js';

const dir = mkdtempSync(join(tmpdir(), 'interlock-ports-'));
afterAll(() => { rmSync(dir, { recursive: true, force: true }); });
const newHome = (): Home => new Home(mkdtempSync(join(dir, 'home-')));

describe('the ports of the parts', () => {
  it('are the same at the next start, and never one for two parts', async () => {
    const home = newHome();
    const first = await portFor(home, 'nats');
    expect(await portFor(home, 'nats')).toBe(first);
    home.keepPorts({ nats: first, postgres: first });
    const other = await portFor(home, 'postgres');
    expect(other).not.toBe(first);
    expect(home.ports()).toEqual({ nats: first, postgres: other });
  });

  it('change where somebody else has taken one', async () => {
    const home = newHome();
    const server = createServer();
    await new Promise<void>((resolve) => { server.listen(0, '127.0.0.1', resolve); });
    const { port } = server.address() as AddressInfo;
    home.keepPorts({ nats: port, event_store: await freePort() });
    expect(await portFor(home, 'nats')).not.toBe(port);
    await new Promise<void>((resolve) => { server.close(() => { resolve(); }); });
  });
});
