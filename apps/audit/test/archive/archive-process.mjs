// Archives a log of so many events, the same in every life, to a directory:
// `node archive-process.mjs DIRECTORY EVENTS`. To be killed.
import process from 'node:process';
import { DirectoryStore } from '@interlock/archive';
import { InMemoryEventStore, testMetadata } from '@interlock/kernel';
import {
  checkpointText,
  entryLeaf,
  Frontier,
  LogEntries,
  noteOf,
  signerKey,
  signText,
  verifierText,
} from '@interlock/tree';
import { Archiver } from '../../dist/archive/archiver.js';

const [, , directory, count] = process.argv;
const origin = 'interlock.local/tree';
const key = signerKey(origin, 'note', new Uint8Array(32).fill(1));
const log = new InMemoryEventStore();
for (let n = 0; n < Number(count); n += 1)
  await log.append(
    `action-demo:${n % 7}`,
    [
      {
        id: `00000000-0000-4000-8000-${`${n}`.padStart(12, '0')}`,
        type: 'SomethingHappened',
        data: { n, text: 'x'.repeat(n % 500) },
        metadata: testMetadata(),
      },
    ],
    'any',
  );

const nodes = [];
const positions = [];
const entries = [];
const made = new LogEntries();
const frontier = new Frontier();
for await (const event of log.readAll()) {
  positions.push(event.position);
  const entry = made.take(event);
  entries.push(entry);
  frontier.append(entryLeaf(entry), (level, index, hash) => {
    (nodes[level] ??= [])[index] = hash;
  });
}
const text = checkpointText({
  origin,
  size: frontier.size,
  root: frontier.root(),
  tenants: { size: 1, root: new Uint8Array(32) },
});
const note = noteOf(text, [signText(text, key)]);
const tree = {
  origin,
  checkpoint: async () => ({ note, size: frontier.size }),
  node: (level, index) => nodes[level][index],
  position: async (leaf) => positions[leaf],
  entries: async (first, some) => entries.slice(first, first + some),
  tenantKeys: async (tenants) => made.keysOf(tenants),
  keys: async () => ({ first: verifierText(key), rotations: [] }),
};
const archiver = new Archiver({
  store: new DirectoryStore(directory),
  log,
  tree,
  record: { next: async () => 0, segment: async () => undefined },
  events: 50,
  maxAgeMs: 0,
  level: 3,
  now: () => 0,
  temporary: `${directory}.temporary`,
});
process.stdout.write('archiving\n');
for (let step = await archiver.step(); step.kind === 'archived'; step = await archiver.step());
process.stdout.write('done\n');
