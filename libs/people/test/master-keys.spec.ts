import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from '@jest/globals';
import { newMasterKey, parseMasterKeys, readMasterKeys } from '../src/index.js';
import { subjectMac, unwrapKey, wrapKey } from '../src/master-keys.js';

const dir = mkdtempSync(join(tmpdir(), 'interlock-people-'));
afterAll(() => rmSync(dir, { recursive: true }));
const file = (text: string): string => {
  const path = join(dir, `key-${Math.random()}`);
  writeFileSync(path, text);
  return path;
};
const owner = { tenant_id: 'demo', person_id: '5f0c7b1e-3a52-4d0b-9c8e-6a1f2b3c4d5e' };

describe('the master key', () => {
  it('is read from the named file, one key a line, the current one first', () => {
    const [one, two] = [newMasterKey(), newMasterKey()];
    const keys = readMasterKeys({ PEOPLE_KEY_FILE: file(`${one}\n\n  ${two}  \n`) });
    expect(keys.map(({ id }) => id)).toEqual([parseMasterKeys(one)[0].id, parseMasterKeys(two)[0].id]);
  });

  it.each([
    ['nothing is named', {}],
    ['the name is empty', { PEOPLE_KEY_FILE: '' }],
    ['there is no such file', { PEOPLE_KEY_FILE: join(dir, 'none') }],
    ['the file is empty', { PEOPLE_KEY_FILE: file('\n') }],
    ['a line is not a key', { PEOPLE_KEY_FILE: file(`${newMasterKey()}\nnonsense\n`) }],
    ['a key is short', { PEOPLE_KEY_FILE: file('ab'.repeat(31)) }],
  ])('is refused if %s, without revealing the file', (_why, environment) =>
    expect(() => readMasterKeys(environment)).toThrow(/^(?!.*(?:nonsense|abab)).*validation-failed/),
  );

  it("wraps a person's key for that person alone", () => {
    const keys = parseMasterKeys(newMasterKey());
    const dataKey = Buffer.alloc(32, 7);
    const wrapped_key = wrapKey(keys[0], owner, dataKey);
    const row = { ...owner, key_id: keys[0].id, wrapped_key };
    expect(unwrapKey(keys, row)).toEqual(dataKey);
    expect(wrapKey(keys[0], owner, dataKey)).not.toEqual(wrapped_key);
    for (const other of [
      { ...row, tenant_id: 'other' },
      { ...row, person_id: '6f0c7b1e-3a52-4d0b-9c8e-6a1f2b3c4d5e' },
      {
        ...row,
        wrapped_key: Buffer.concat([wrapped_key.subarray(0, -1), Buffer.from([wrapped_key.at(-1)! ^ 1])]),
      },
    ]) {
      expect(() => unwrapKey(keys, other)).toThrow(/does not open/);
    }
    expect(() => unwrapKey(parseMasterKeys(newMasterKey()), row)).toThrow(/is not in the key file/);
  });

  it('makes a code for a subject that differs in each tenant and needs the key', () => {
    const [a] = parseMasterKeys(newMasterKey());
    const [b] = parseMasterKeys(newMasterKey());
    const macs = [
      subjectMac(a, 'demo', 'ann'),
      subjectMac(a, 'other', 'ann'),
      subjectMac(a, 'demo', 'bert'),
      subjectMac(b, 'demo', 'ann'),
    ].map((mac) => mac.toString('hex'));
    expect(new Set(macs).size).toBe(4);
    expect(subjectMac(a, 'demo', 'ann').toString('hex')).toBe(macs[0]);
  });
});
