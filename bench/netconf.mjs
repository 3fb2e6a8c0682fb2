import { execFile, spawnSync } from 'node:child_process';
import { join } from 'node:path';
import process from 'node:process';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';

import { missingForNetconfd } from '@interlock/testing';

import { startNetconfd } from '../apps/netconf-gateway/test/netconfd.ts';
import { row } from './report.mjs';

const run = promisify(execFile);
const script = (name) => fileURLToPath(new URL(`netconf/${name}`, import.meta.url));
/** Other work on the machine disturbs measurements, so each is taken several times, in turn. */
const rounds = 3;

const kinds = [
  ['sequential', 'sequential RPCs', 3],
  ['pipelined', '16 RPCs in flight', undefined],
  ['sessions', '8 sessions', 3],
  ['change', 'whole safe changes', 1.5],
  ['open', 'open and close', undefined],
];

/** A Python that has ncclient, which Debian has as `python3-ncclient`. */
const findPython = () =>
  ['python3', '/usr/bin/python3'].find((one) => spawnSync(one, ['-c', 'import ncclient']).status === 0);

/**
 * NETCONF on one netconfd (P6): Interlock's engine beside ncclient, as it ships and with its `TICK`
 * at 1 ms. Without the patch ncclient sleeps 100 ms for each request.
 */
export async function measure({ note, seconds }) {
  const python = findPython();
  const missing = missingForNetconfd() ?? (python === undefined ? 'python3-ncclient' : undefined);
  if (missing !== undefined) throw new Error(`\`${missing}\` is not installed`);
  const server = await startNetconfd();
  try {
    const key = join(server.home, 'demo', 'user');
    const [port, each] = [`${server.port}`, `${seconds}`];
    const rate = async (program, ...args) => {
      const [perSecond, cpu] = (await run(program, args)).stdout.split(' ').map(Number);
      return { perSecond, cpu };
    };
    const ncclient = (tick, kind) =>
      rate(python, script('reference.py'), port, server.username, key, tick, each, kind);
    const engine = (kind) =>
      rate(
        process.execPath,
        ...[
          '--no-warnings',
          script('engine.mjs'),
          port,
          server.username,
          key,
          server.fingerprint,
          each,
          kind,
        ],
      );
    const rows = [];
    for (const [kind, name, least] of kinds) {
      const [ours, patched] = [[], []];
      const stock = await ncclient('0.1', kind);
      for (let round = 1; round <= rounds; round += 1) {
        note(`${name}: round ${round} of ${rounds}`);
        ours.push(await engine(kind));
        patched.push(await ncclient('0.001', kind));
      }
      const [own, other] = [ours, patched].map((runs) => ({
        perSecond: Math.max(...runs.map(({ perSecond }) => perSecond)),
        cpu: Math.min(...runs.map(({ cpu }) => cpu)),
      }));
      rows.push(
        row(`${name}: Interlock`, own.perSecond, '/s'),
        row(`${name}: ncclient with TICK at 1 ms`, other.perSecond, '/s'),
        row(`${name}: ncclient as it ships`, stock.perSecond, '/s'),
        row(
          `${name}: of the patched ncclient`,
          own.perSecond / other.perSecond,
          'times',
          least === undefined ? undefined : { least },
        ),
        row(`${name}: processor time of the patched ncclient`, own.cpu / other.cpu, 'times'),
      );
    }
    return { rows, notes: ['The best of three rounds each, on the same netconfd (yuma123) and sshd.'] };
  } finally {
    await server.stop();
  }
}
