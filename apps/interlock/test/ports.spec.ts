import { afterAll, describe, expect, it } from '@jest/globals';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createServer, type AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { freePort } from '@interlock/embedded';
import { Home } from '../src/home.js';
import { portFault } from '../bin/ports.js';
import { fixedPorts, portFor } from '../src/parts.js';

const dir = mkdtempSync(join(tmpdir(), 'interlock-ports-'));
afterAll(() => rmSync(dir, { recursive: true, force: true }));
const newHome = (): Home => new Home(mkdtempSync(join(dir, 'home-')));

describe('the ports of the parts', () => {
  it('are the same at the next start, and never equal for two parts', async () => {
    const home = newHome();
    const first = await portFor(home, 'nats');
    expect(await portFor(home, 'nats')).toBe(first);
    home.keepPorts({ nats: first, postgres: first });
    const other = await portFor(home, 'postgres');
    expect(other).not.toBe(first);
    expect(home.ports()).toEqual({ nats: first, postgres: other });
  });

  it('change if another process has taken one', async () => {
    const home = newHome();
    const server = createServer();
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    const { port } = server.address() as AddressInfo;
    home.keepPorts({ nats: port, event_store: await freePort() });
    expect(await portFor(home, 'nats')).not.toBe(port);
    await new Promise<void>((resolve) => {
      server.close(() => resolve());
    });
  });
});

describe('a port that someone chose', () => {
  it('is reported with its holder and the option to change it, unless it is free', async () => {
    const server = createServer();
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    const { port } = server.address() as AddressInfo;
    const fault = await portFault(port, '--port or INTERLOCK_PORT');
    expect(fault).toMatch(
      new RegExp(
        `^port ${port} is taken( by process ${process.pid} \\(\`node.*\`\\))?: stop that, or choose another port with --port or INTERLOCK_PORT$`,
      ),
    );
    await new Promise<void>((resolve) => {
      server.close(() => resolve());
    });
    expect(await portFault(port, '--port')).toBeUndefined();
    expect(await portFault(0, '--port')).toBeUndefined();
  });

  it('belongs to the edge, or to a simulated device that has one', () => {
    const options = {
      home: dir,
      port: 8080,
      demo: true,
      processes: false,
      workers: 1,
      help: false,
      open: false,
      invite: false,
    };
    expect(fixedPorts(options, {})).toEqual([{ port: 8080, option: '--port or INTERLOCK_PORT' }]);
    const file = join(dir, 'devices.json');
    writeFileSync(file, JSON.stringify([{ device_id: 'gnb-1', port: 9999 }, { device_id: 'gnb-2' }]));
    expect(fixedPorts(options, { INTERLOCK_SIMULATOR_DEVICES: file }).map(({ port }) => port)).toEqual([
      8080, 9999,
    ]);
  });
});
