// Seals a file of exported events as the audit service seals the whole log: `node seal-log.mjs
// <events> <sealed>`. It streams, so that a log may have any length. Prints the key and the count.
import { appendFileSync, closeSync, createReadStream, openSync, rmSync, writeSync } from 'node:fs';
import process from 'node:process';
import { createInterface } from 'node:readline';

import { ownerOf } from '@interlock/contracts';
import {
  checkpointText,
  entriesLine,
  entriesPerLine,
  entryLeaf,
  eventLine,
  Frontier,
  LogEntries,
  noteOf,
  readExportedLine,
  sealLine,
  signerKey,
  signText,
  tenantKeysLine,
  tenantsHead,
  toBase64,
  verifierText,
} from '@interlock/tree';

/** Lines of a file, written a megabyte at a time. */
class Lines {
  #batch = '';

  constructor(path) {
    this.path = path;
    this.to = openSync(path, 'w');
  }

  add(line) {
    this.#batch += `${line}\n`;
    if (this.#batch.length > 1 << 20) this.flush();
  }

  flush() {
    writeSync(this.to, this.#batch);
    this.#batch = '';
  }

  close() {
    this.flush();
    closeSync(this.to);
  }
}

const [from, sealed] = process.argv.slice(2);
const key = signerKey('bench.example', 'note', new Uint8Array(32).fill(1));
const made = new LogEntries();
const log = new Frontier();
const tenants = new Map();
const events = new Lines(sealed);
const entries = new Lines(`${sealed}.entries`);
const batch = [];
for await (const line of createInterface({ input: createReadStream(from), crlfDelay: Infinity })) {
  const read = readExportedLine(line);
  if ('fault' in read) throw new Error(read.fault);
  // A simulated log has no services, so its events name no writers.
  const metadata = { ...read.event.metadata, writer: ownerOf(read.event.stream) };
  const event = { ...read.event, metadata };
  const entry = made.take(event);
  const leaf = entryLeaf(entry);
  log.append(leaf);
  if (!tenants.has(entry.tenant)) tenants.set(entry.tenant, new Frontier());
  tenants.get(entry.tenant).append(leaf);
  events.add(eventLine(event));
  batch.push(entry);
  if (batch.length === entriesPerLine) entries.add(entriesLine(batch.splice(0)));
}
if (batch.length > 0) entries.add(entriesLine(batch));
entries.close();
const heads = [...tenants.keys()].sort().map((tenant) => {
  const tree = tenants.get(tenant);
  return { tenant, size: tree.size, root: toBase64(tree.root()) };
});
const text = checkpointText({
  origin: key.name,
  size: log.size,
  root: log.root(),
  tenants: tenantsHead(heads),
});
events.add(tenantKeysLine(made.keysOf(tenants.keys())));
events.close();
for await (const chunk of createReadStream(entries.path)) appendFileSync(sealed, chunk);
rmSync(entries.path);
appendFileSync(
  sealed,
  `${sealLine({
    filter: {},
    runs: [[0, log.size]],
    proof: [],
    tenant: null,
    checkpoint: noteOf(text, [signText(text, key)]),
    keys: { first: verifierText(key), rotations: [] },
  })}\n`,
);
process.stdout.write(JSON.stringify({ key: verifierText(key), events: log.size }));
