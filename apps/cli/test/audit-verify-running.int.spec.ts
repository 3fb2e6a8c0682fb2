import { mkdirSync } from 'node:fs';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { cli } from './cli-home.js';
import { Sealing } from './sealing.js';
import { all, log, joined, whole, file, pinKey, report } from './verify-home.js';
import { answers, asked, startServing, stopServing } from './verify-server.js';

beforeAll(startServing);
afterAll(stopServing);

describe('interlock audit verify without a file', () => {
  beforeAll(pinKey);
  /** Serves an export, and before it the seal of no event, with the log's size at that time. */
  const serve = async (body: string, size = all, breaks = false, from = log): Promise<void> => {
    answers.set('/api/v1/audit/export?limit=0', { body: await from.export([], size) });
    answers.set('/api/v1/audit/export', { body, breaks });
  };

  it('reads the running log, its checkpoint first, and the mirrors before it', async () => {
    await serve(whole, 150);
    mkdirSync(file('mirror/log.example'), { recursive: true });
    for (const size of [10, 120]) {
      file(`mirror/log.example/${size}`, log.checkpoint(size));
      file(`mirror/log.example/${size}.tenants`, log.tenants(size));
    }
    file('mirror/README', 'no checkpoint');
    expect(await report('--mirror', file('mirror'))).toMatchObject([
      0,
      {
        verified: true,
        checkpoints: [{ size: 150, says: 'earlier' }, { says: 'earlier' }, { says: 'earlier' }],
      },
    ]);
    expect(asked.slice(-2)).toEqual(['/api/v1/audit/export?limit=0', '/api/v1/audit/export']);
  });

  it('finds a log that was rewritten after it was mirrored, or truncated', async () => {
    const rewritten = new Sealing(
      log.lines.map((line, i) =>
        i === 20 ? line.replace('"schema_version":1', '"schema_version":2') : line,
      ),
    );
    await serve(await rewritten.export(), all, false, rewritten);
    expect(await report('--mirror', file('mirror'))).toMatchObject([1, { faults: [{ kind: 'history' }] }]);
    await serve(await log.export([[0, 100]], 100), 100);
    expect(await report('--mirror', file('mirror'))).toMatchObject([1, { faults: [{ kind: 'older' }] }]);
    await serve(await log.export([[0, 100]], 100), 110);
    expect(await report()).toMatchObject([1, { faults: [{ kind: 'older' }] }]);
  });

  it("names where an answer broke off, and refuses another tenant's", async () => {
    await serve(joined(log.lines.slice(0, 30)), all, true);
    const ran = await cli('audit', 'verify');
    expect([ran.code, ran.stderr]).toEqual([1, expect.stringContaining('the export broke off')]);
    expect(ran.stdout).toContain('line 30');
    await serve(whole);
    expect((await cli('--tenant', 'globex', 'audit', 'verify')).code).toBe(1);
    answers.clear();
    expect((await cli('audit', 'verify')).code).toBe(2);
  });

  it("accepts a system's own report of a fault as a finding, exit code 1", async () => {
    await serve(whole);
    answers.set('/api/v1/audit/export', {
      status: 503,
      body: '{"code":"tree-inconsistent","detail":"the event at position 87 is not what its leaf was made of"}',
    });
    expect(await report()).toMatchObject([
      1,
      { verified: false, faults: [{ kind: 'log', what: expect.stringContaining('position 87') }] },
    ]);
    answers.set('/api/v1/audit/export', {
      status: 404,
      body: '{"code":"no-checkpoint","detail":"nothing of this tree was signed yet"}',
    });
    const ran = await cli('audit', 'verify');
    expect([ran.code, ran.stdout, ran.stderr]).toEqual([
      2,
      '',
      'interlock: the export was refused: no-checkpoint: nothing of this tree was signed yet\n',
    ]);
  });
});
