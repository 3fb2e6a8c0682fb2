// Verifies one sealed file as the command line does, and prints its duration, its cost and its peak
// memory: `node verify-file.mjs <file> <key>`.
import process from 'node:process';

import { parseVerifier } from '@interlock/tree';
import { verifyFiles } from '@interlock/verify';

import { fileSource } from '../../apps/cli/dist/commands/audit/files.js';
import { sha256 } from '../../apps/cli/dist/commands/audit/verification/sha256.js';
import { withShelf } from '../../apps/cli/dist/commands/audit/shelf.js';

const [file, key] = process.argv.slice(2);
const verify = (shelf) =>
  verifyFiles([fileSource(file, file)], {
    key: parseVerifier(key),
    sha256,
    complete: true,
    shelf,
  });
const cpu = process.cpuUsage();
const began = performance.now();
const { verified, faults } = await withShelf(verify);
if (!verified) throw new Error(`the log is not verified: ${JSON.stringify(faults)}`);
const seconds = (performance.now() - began) / 1000;
const { user, system } = process.cpuUsage(cpu);
process.stdout.write(
  JSON.stringify({ seconds, cpu: (user + system) / 1e6, memory: process.resourceUsage().maxRSS * 1024 }),
);
