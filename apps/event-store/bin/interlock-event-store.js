#!/usr/bin/env node
const NEEDED = 24;

if (Number(process.versions.node.split('.')[0]) < NEEDED) {
  process.stderr.write(`interlock-event-store needs Node ${NEEDED}; this is ${process.versions.node}\n`);
  process.exit(1);
}

import('../dist/main.js').then(({ main }) => main()).catch((error) => {
  process.stderr.write(`${error instanceof Error ? error.message : String(error)}\n`);
  process.exit(1);
});
