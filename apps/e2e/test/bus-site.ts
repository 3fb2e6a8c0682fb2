import { execFile } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { inboxOf, subject, tenantOfUser } from '@interlock/contracts';
import { connectBus } from '@interlock/jetstream';
import { bareEnvironment, commandLine, freePort, startNatsServer } from '@interlock/testing';
import type { NatsConnection } from 'nats';

const sitePassword = 'of-the-site';
/** The site's own server, as docs/external-parts.md configures it. */
const siteConfig = (port: number, hub: string, user: string, password: string): string => `
  listen: "127.0.0.1:${port}"
  authorization: { users: [ {
    user: ${user}, password: ${sitePassword}
    permissions: {
      publish: ["${subject({ kind: 'intents', tenant: tenantOfUser(user)!, user })}", "$JS.API.CONSUMER.MSG.NEXT.*.*", "$JS.interlock.API.CONSUMER.MSG.NEXT.*.*", "$JS.ACK.>"]
      subscribe: ["${inboxOf(user)}.>"]
    }
  } ] }
  default_js_domain: { "$G": interlock }
  leafnodes { remotes: [ { url: "nats-leaf://${user}:${password}@${hub}" } ] }
`;

/** What `interlock doctor` finds at a server of the bus. */
export const doctorAt = async (
  url: string,
  user: string,
): Promise<readonly { readonly name: string; readonly status: string }[]> => {
  const { stdout } = await promisify(execFile)(process.execPath, [commandLine, 'doctor', '--json'], {
    env: { ...bareEnvironment, NATS_URL: url, NATS_USER: user, NATS_PASSWORD: sitePassword },
  });
  return (JSON.parse(stdout) as { readonly items: Awaited<ReturnType<typeof doctorAt>> }).items;
};

type Site = {
  readonly url: string;
  readonly connection: NatsConnection;
  readonly stop: () => Promise<void>;
};

/** A nats-server of a site, which is a leaf node of the bus, and a client of it. */
export const startSite = async (hub: string, user: string, password: string): Promise<Site> => {
  const folder = mkdtempSync(join(tmpdir(), 'interlock-site-'));
  const port = await freePort();
  const config = join(folder, 'nats.conf');
  writeFileSync(config, siteConfig(port, hub, user, password), { mode: 0o600 });
  const server = await startNatsServer(config);
  const url = `nats://127.0.0.1:${port}`;
  const connection = await connectBus({ url, user, password: sitePassword });
  const stop = async (): Promise<void> => {
    await connection.close();
    await server.stop();
    rmSync(folder, { recursive: true, force: true });
  };
  return { url, connection, stop };
};
