import { afterAll, beforeAll, expect, it } from '@jest/globals';
import { installPackage, type InstalledPackage } from '@interlock/testing';
import { capability, NetconfServerSession, okReply } from '../src/index.js';
import { startSshPeer } from './ssh-peer.js';

let installed: InstalledPackage;
beforeAll(async () => {
  installed = await installPackage('libs/netconf');
});
afterAll(() => installed.remove());

const program = `
  import { connectNetconf, elementBuilder, NETCONF_NS } from '@interlock/netconf';
  const [port, fingerprint] = process.argv.slice(2);
  const nc = elementBuilder(NETCONF_NS);
  const device = await connectNetconf({
    host: '127.0.0.1',
    port: Number(port),
    username: 'user',
    credentials: { password: 'secret' },
    hostKey: { known: [fingerprint] },
  });
  console.log((await device.rpc(nc('ping'))).ok);
  await device.close();
`;

it.each([
  ['aes128-gcm@openssh.com', 'hmac-sha2-256'],
  // Its code is a WebAssembly module within the package.
  ['chacha20-poly1305@openssh.com', 'hmac-sha2-256'],
] as const)('the installed package talks NETCONF over SSH, with %s', async (cipher, hmac) => {
  const peer = await startSshPeer({
    algorithms: { cipher: [cipher], hmac: [hmac] },
    onChannel: (channel) => {
      new NetconfServerSession(channel, {
        sessionId: 1,
        capabilities: [capability.base10, capability.base11],
        onRpc: ({ name }) =>
          Promise.resolve(name === 'close-session' ? { ...okReply, close: true } : okReply),
        onEnd: () => undefined,
      });
    },
  });
  try {
    const said = await installed.run(
      program.replace('hostKey:', `algorithms: { cipher: ['${cipher}'] },\n    hostKey:`),
      `${peer.port}`,
      peer.fingerprint,
    );
    expect(said).toBe('true\n');
  } finally {
    await peer.stop();
  }
});

it('the installed types are whole but for those of ssh2', async () => {
  await installed.check(
    "import { connectNetconf, type NetconfClient } from '@interlock/netconf';\n" +
      'export const open = (): Promise<NetconfClient> =>\n' +
      "  connectNetconf({ host: '192.0.2.1', username: 'u', credentials: { password: 'p' }, hostKey: { known: [] } });\n" +
      '// @ts-expect-error a function is not a number\nexport const wrong: number = open;\n',
  );
});
