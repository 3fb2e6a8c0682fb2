import { readFileSync } from 'node:fs';
import process from 'node:process';

import { connectNetconf, elementBuilder } from '@interlock/netconf';

/** Measures Interlock's engine on one server: PORT USER KEY FINGERPRINT SECONDS KIND. */
const [port, username, key, fingerprint, seconds, kind] = process.argv.slice(2);
const ran = elementBuilder('urn:interlock:params:xml:ns:yang:ran');
const filter = { subtree: [ran('ran', ran('cell', ran('id', 'y-1')))] };

const connect = () =>
  connectNetconf({
    host: '127.0.0.1',
    port: Number(port),
    username,
    credentials: { privateKey: readFileSync(key) },
    hostKey: { known: [fingerprint] },
  });
const read = (session, source = 'running') => session.getConfig(source, filter);

async function change(session, n) {
  const config = [
    ran('ran', ran('cell', ran('id', 'y-1'), ran('attributes', ran('configuredMaxTxPower', 400 + (n % 2))))),
  ];
  await read(session);
  await session.lock('running');
  await session.lock('candidate');
  await session.editConfig({
    target: 'candidate',
    defaultOperation: 'merge',
    testOption: 'test-then-set',
    errorOption: 'rollback-on-error',
    config,
  });
  await read(session, 'candidate');
  await session.commit({ confirmed: { timeoutS: 60, persist: 'bench' } });
  await read(session);
  await session.unlock('candidate');
  await session.unlock('running');
  await session.commit({ persistId: 'bench' });
}

async function repeat(one) {
  const end = performance.now() + Number(seconds) * 1000;
  let done = 0;
  for (; performance.now() < end; done += 1) await one(done);
  return done;
}

/** Each of these loops asks again as soon as it is answered. */
const together = async (sessions) =>
  (await Promise.all(sessions.map((session) => repeat(() => read(session))))).reduce((a, b) => a + b);

const sessions =
  kind === 'open' ? [] : await Promise.all(Array.from({ length: kind === 'sessions' ? 8 : 1 }, connect));
const [first] = sessions;
const used = process.cpuUsage();
const started = performance.now();
const done = await {
  sequential: () => repeat(() => read(first)),
  pipelined: () => together(Array.from({ length: 16 }, () => first)),
  sessions: () => together(sessions),
  change: () => repeat((n) => change(first, n)),
  open: () => repeat(async () => (await connect()).close()),
}[kind]();
const { user, system } = process.cpuUsage(used);
process.stdout.write(`${(done / (performance.now() - started)) * 1000} ${(user + system) / 1e6 / done}\n`);
for (const session of sessions) session.destroy();
