// Writes a simulated log of the given number of decisions as an export: `node write-log.mjs <file>
// <decisions> <denied>,<dry run>,<devices> <seed>`. Prints a summary.
import { closeSync, openSync, writeSync } from 'node:fs';
import process from 'node:process';

import { exportedEvent } from '@interlock/tree';

import { SimulatedLog } from '../../libs/replay/test/simulated-log/simulated-log.ts';

const [file, decisions, mix, seed] = process.argv.slice(2);
const [denied, dry_run, devices] = mix.split(',').map(Number);
const to = openSync(file, 'w');
const log = new SimulatedLog(Number(seed), { denied, dry_run, devices });
const ends = {};
let events = 0;
let bytes = 0;
let batch = '';
for (const event of log.events(Number(decisions))) {
  events += 1;
  if (/^Action(?!Confirmed|Approved)|^DryRunCompleted$/.test(event.type))
    ends[event.type] = (ends[event.type] ?? 0) + 1;
  batch += `${JSON.stringify(exportedEvent(event))}\n`;
  if (batch.length > 1 << 20) {
    bytes += writeSync(to, batch);
    batch = '';
  }
}
bytes += writeSync(to, batch);
closeSync(to);
process.stdout.write(JSON.stringify({ decisions: log.actions, events, bytes, ends }));
