// Replays one file as the command line does, and prints how long it took, what it cost and how much
// memory it had at most.
import process from 'node:process';

import { replayFile } from '../../apps/cli/dist/commands/audit-replay.js';

const cpu = process.cpuUsage();
const began = performance.now();
const { difference, events, states } = await replayFile(process.argv[2], true);
const seconds = (performance.now() - began) / 1000;
const { user, system } = process.cpuUsage(cpu);
process.stdout.write(
  JSON.stringify({
    difference,
    events,
    digest: states?.digest,
    seconds,
    cpu: (user + system) / 1e6,
    memory: process.resourceUsage().maxRSS * 1024,
  }),
);
