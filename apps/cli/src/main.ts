#!/usr/bin/env node
import { runCommand } from './program/run.js';

// A reader such as `head` may close the output early.
process.stdout.on('error', (error: NodeJS.ErrnoException) => {
  if (error.code === 'EPIPE') process.exit(process.exitCode ?? 0);
  throw error;
});

await runCommand(process.argv.slice(2));
