// The floor of any check of an export: reads a file, and calls JSON.parse and SHA-256 once for each
// line. Prints the duration in seconds.
import { createReadStream } from 'node:fs';
import { hash } from 'node:crypto';
import process from 'node:process';

const cpu = process.cpuUsage();
const began = performance.now();
let rest = Buffer.alloc(0);
let lines = 0;
for await (const chunk of createReadStream(process.argv[2], { highWaterMark: 1 << 20 })) {
  const bytes = rest.length === 0 ? chunk : Buffer.concat([rest, chunk]);
  let from = 0;
  for (let at = bytes.indexOf(10); at >= 0; at = bytes.indexOf(10, from)) {
    const line = bytes.subarray(from, at);
    JSON.parse(line.toString());
    hash('sha256', line, 'buffer');
    lines += 1;
    from = at + 1;
  }
  rest = bytes.subarray(from);
}
const seconds = (performance.now() - began) / 1000;
const { user, system } = process.cpuUsage(cpu);
process.stdout.write(
  JSON.stringify({
    lines,
    seconds,
    cpu: (user + system) / 1e6,
    memory: process.resourceUsage().maxRSS * 1024,
  }),
);
