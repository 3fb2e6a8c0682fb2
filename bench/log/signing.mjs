import { randomUUID } from 'node:crypto';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { startServer } from '../../apps/event-store/bench/measure.mjs';
import {
  connectEventStore,
  newEventKey,
  publicPartOf,
  readEventKeys,
  signingServices,
} from '../../libs/eventstore/dist/index.js';
import { asWriter, collect } from '../../libs/kernel/dist/index.js';
import { row } from '../report.mjs';

/** About the size of an action's event: 1.5 kB of data, 0.5 kB of metadata. */
const data = {
  gates: Array.from({ length: 12 }, (_, i) => ({ gate: `gate-${i}`, verdict: 'pass', saw: 'x'.repeat(80) })),
};
const metadata = {
  $correlationId: randomUUID(),
  $causationId: randomUUID(),
  tenant_id: 'bench',
  actor: { kind: 'service', id: 'safety-rails' },
  schema_version: 1,
  occurred_at: '2026-01-01T00:00:00.000Z',
  command_id: randomUUID(),
};
const event = () => ({ id: randomUUID(), type: 'GateChecked', data, metadata });

function makeKeys() {
  const folder = mkdtempSync(join(tmpdir(), 'interlock-bench-keys-'));
  const pem = newEventKey();
  const writers = Object.fromEntries(
    signingServices.map((service) => [service, [publicPartOf(pem, service)]]),
  );
  writeFileSync(join(folder, 'writers.json'), JSON.stringify({ writers }));
  writeFileSync(join(folder, 'safety-rails.key'), pem);
  const keys = readEventKeys({ EVENT_KEYS_DIR: folder }, ['safety-rails']);
  rmSync(folder, { recursive: true });
  return keys;
}

/**
 * Eight streams at once, four events an append; then reads each stream until the time is over.
 * Events a second.
 */
async function appendsAndReads(store, milliseconds) {
  const writer = asWriter(store, 'safety-rails');
  const streams = Array.from({ length: 8 }, () => `action-bench:${randomUUID()}`);
  let appended = 0;
  const began = performance.now();
  await Promise.all(
    streams.map(async (stream) => {
      for (let n = 0; performance.now() < began + milliseconds; n += 4) {
        await writer.append(stream, Array.from({ length: 4 }, event), n === 0 ? 'no_stream' : BigInt(n - 1));
        appended += 4;
      }
    }),
  );
  const appends = appended / ((performance.now() - began) / 1000);
  let read = 0;
  const from = performance.now();
  while (performance.now() < from + milliseconds)
    for (const stream of streams) read += (await collect(store.read(stream))).length;
  return { appends, reads: read / ((performance.now() - from) / 1000) };
}

/** The cost of signatures: the same log with and without them, in turns. */
export async function measureSigning({ milliseconds, note }) {
  const server = await startServer();
  const plain = await connectEventStore(server.url);
  const signing = await connectEventStore(server.url, { keys: makeKeys() });
  const sums = { plain: { appends: 0, reads: 0 }, signing: { appends: 0, reads: 0 } };
  try {
    note('signed appends and reads');
    for (const store of [plain, signing]) await appendsAndReads(store, milliseconds / 6);
    for (let turn = 0; turn < 3; turn += 1)
      for (const [name, store] of Object.entries({ plain, signing })) {
        const { appends, reads } = await appendsAndReads(store, milliseconds / 3);
        sums[name].appends += appends / 3;
        sums[name].reads += reads / 3;
      }
  } finally {
    await plain.close();
    await signing.close();
    await server.stop();
  }
  return [
    row('events appended, 8 streams', sums.plain.appends, '/s'),
    row('events appended, 8 streams: signed', sums.signing.appends / sums.plain.appends, 'ratio'),
    row('events read back', sums.plain.reads, '/s'),
    row('events read back: signatures checked', sums.signing.reads / sums.plain.reads, 'ratio'),
  ];
}
