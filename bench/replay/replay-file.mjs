// Replays one file like the command line, and prints its duration, its cost and its peak memory.
import process from 'node:process';

import { replayFile } from '../../apps/cli/dist/commands/audit/replaying/replaying.js';

const cpu = process.cpuUsage();
const began = performance.now();
const { difference, events, states } = await replayFile(process.argv[2], { whole: true });
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
