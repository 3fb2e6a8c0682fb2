// Verifies one sealed file as the command line does, and prints its duration, its cost and its peak
// memory: `node verify-file.mjs <file> <key> threads|one`.
import process from 'node:process';

import { parseVerifier } from '@interlock/tree';
import { verifyFiles } from '@interlock/verify';

import { withDigesting } from '../../apps/cli/dist/commands/audit/digest-pool.js';
import { fileSource } from '../../apps/cli/dist/commands/audit/files.js';
import { sha256 } from '../../apps/cli/dist/commands/audit/sha256.js';

const [file, key, threads] = process.argv.slice(2);
const verify = (digesting) =>
  verifyFiles([fileSource(file, file)], {
    key: parseVerifier(key),
    sha256,
    complete: true,
    ...(digesting === undefined ? {} : { digesting }),
  });
const cpu = process.cpuUsage();
const began = performance.now();
const { verified, faults } = await (threads === 'one' ? verify() : withDigesting(verify));
if (!verified) throw new Error(`the log is not verified: ${JSON.stringify(faults)}`);
const seconds = (performance.now() - began) / 1000;
const { user, system } = process.cpuUsage(cpu);
process.stdout.write(
  JSON.stringify({ seconds, cpu: (user + system) / 1e6, memory: process.resourceUsage().maxRSS * 1024 }),
);
