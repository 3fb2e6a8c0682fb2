import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { inProcess } from './in-process.js';

let folder: string;
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'interlock-twin-'));
});
afterAll(() => rmSync(folder, { recursive: true }));

const written = (name: string, lines: readonly object[]): string => {
  const file = join(folder, name);
  writeFileSync(file, lines.map((line) => `${JSON.stringify(line)}\n`).join(''));
  return file;
};
const trace = (i: number) => ({
  action_type: 'cell_failover',
  entity_id: `gnb-00${i % 4}-cell-1`,
  parameters: { power_raise_db: 1 + (i % 6) },
  impact_delta: -(1 + (i % 6)),
  harmed: i % 6 === 5,
  finished_at: new Date(Date.UTC(2026, 0, 1, i)).toISOString(),
});
const evaluated = (...words: string[]) =>
  inProcess(['twin', 'evaluate', ...words], { INTERLOCK_HOME: folder });

describe('interlock twin evaluate', () => {
  it('compares the twin with simple methods, without a server', async () => {
    const file = written(
      'traces.ndjson',
      Array.from({ length: 60 }, (_, i) => trace(i)),
    );
    const { code, stdout } = await evaluated(file, '--output', 'table');
    expect(code).toBe(0);
    expect(stdout).toContain('40 of 60 traces predicted from earlier ones alone; 7 of them did harm.');
    for (const method of ['digital twin', 'risk not calibrated', 'persistence', 'ridge', 'base rate'])
      expect(stdout).toContain(method);
    const { stdout: json } = await evaluated(file, '--output', 'json');
    expect(JSON.parse(json)).toMatchObject({ traces: 60, predicted: 40, methods: { length: 6 } });
  });

  it('says that too few traces were given', async () => {
    const { code, stdout } = await evaluated(written('few.ndjson', [trace(0)]), '--output', 'table');
    expect([code, stdout]).toEqual([0, expect.stringContaining('a trace needs 20 earlier ones')]);
  });

  it('names every fault of a file', async () => {
    const { code, stderr } = await evaluated(
      written('bad.ndjson', [trace(0), { entity_id: 'x' }, { ...trace(1), impact_delta: 900 }]),
    );
    expect(code).not.toBe(0);
    for (const fault of ['/1/impact_delta', '/1/action_type', '/2/impact_delta'])
      expect(stderr).toContain(fault);
  });

  it('counts the faults of a file that has nothing else', async () => {
    const { stderr } = await evaluated(
      written(
        'other.ndjson',
        Array.from({ length: 100 }, () => ({ entity_id: 'x', finished_at: '2026-01-01T00:00:00Z' })),
      ),
    );
    expect(stderr.split('\n').filter((line) => line.includes('/impact_delta'))).toHaveLength(25);
    expect(stderr).toContain('and 150 more faults');
  });
});
