import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { cli } from './cli-home.js';
import { answers, asked, refusals, startAnswering, stopAnswering } from './cli-server.js';

const path = '/api/v1/device-bindings';
const name = 'acme-port@2026-05-01';
const check = { by: 'yanglint 2.1', modules: [{ name: 'acme-port', revision: '2026-05-01', sha256: 'ab' }] };

describe('interlock bindings', () => {
  let home: string;
  const file = (called: string, text: string): string => {
    writeFileSync(join(home, called), text);
    return join(home, called);
  };
  beforeAll(async () => {
    home = mkdtempSync(join(tmpdir(), 'bindings-cli-'));
    await startAnswering();
  });
  afterAll(() => {
    stopAnswering();
    rmSync(home, { recursive: true, force: true });
  });
  const sent = (): unknown => JSON.parse(asked.at(-1)!.body);

  it('sends a file, YAML or JSON, with its YANG or with the device that has it', async () => {
    answers.set(`POST ${path}/check`, { binding: name, check });
    const yang = file('acme-port.yang', 'module acme-port {}');
    const yaml = file('acme.yaml', 'module: acme-port\nkpis: {}\n');
    const checked = await cli('bindings', 'check', yaml, '--yang', yang);
    expect(checked).toMatchObject({ code: 0 });
    expect(checked.stdout).toContain('yanglint 2.1');
    expect(sent()).toEqual({ binding: { module: 'acme-port', kpis: {} }, yang: ['module acme-port {}'] });
    const json = file('acme.json', '{"module":"acme-port"}');
    expect(await cli('bindings', 'check', json, '--device', 'gnb-1')).toMatchObject({ code: 0 });
    expect(sent()).toEqual({ binding: { module: 'acme-port' }, device_id: 'gnb-1' });
  });

  it('adds one, and names every violation of a wrong one', async () => {
    const json = file('acme.json', '{"module":"acme-port"}');
    answers.set(`POST ${path}`, { binding: name, check, revision: '0', position: '1' });
    expect(await cli('bindings', 'add', json, '--device', 'gnb-1', '--why', 'new routers')).toMatchObject({
      code: 0,
    });
    answers.delete(`POST ${path}`);
    refusals.set(`POST ${path}`, {
      code: 'validation-failed',
      detail: 'the binding has 2 faults',
      violations: [
        { pointer: '/classes/cell/entry', detail: 'the model has no list' },
        { pointer: '/modules/acme-port', detail: 'its YANG is missing' },
      ],
    });
    const refused = await cli('bindings', 'add', json, '--device', 'gnb-1');
    expect(refused.code).not.toBe(0);
    for (const text of ['/classes/cell/entry', 'the model has no list', 'its YANG is missing'])
      expect(refused.stderr).toContain(text);
  });

  it('refuses a file that it cannot read, and one without YANG', async () => {
    const json = file('acme.json', '{}');
    expect(await cli('bindings', 'check', join(home, 'nothing'), '--device', 'x')).toMatchObject({ code: 2 });
    expect(await cli('bindings', 'check', file('bad.yaml', 'a: [1'), '--device', 'x')).toMatchObject({
      code: 2,
    });
    expect(await cli('bindings', 'check', json)).toMatchObject({ code: 2 });
  });
});
