import { readFileSync } from 'node:fs';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { ownBinding, type BindingFile } from '@interlock/network';
import { checkBinding } from '../src/bindings/binding-check.js';

const yang = readFileSync(new URL('../../device-simulator/yang/interlock-ran.yang', import.meta.url), 'utf8');
const { file } = ownBinding;
const wrong: BindingFile = JSON.parse(
  JSON.stringify(file).replaceAll('isHOAllowed', 'isHoAllowed').replace('[0,600]', '[0,700]'),
) as BindingFile;

const violationsOf = async (checked: BindingFile, texts: readonly string[] = [yang]): Promise<unknown> =>
  checkBinding(checked, texts).then(
    () => [],
    (error: unknown) => (error as { readonly violations: unknown }).violations,
  );

describe('the check of a binding', () => {
  const path = process.env['PATH'];
  afterAll(() => {
    process.env['PATH'] = path;
  });

  it('says what checked it, with a digest of each YANG text', async () => {
    expect(await checkBinding(file, [yang])).toMatchObject({
      name: ownBinding.name,
      check: {
        by: expect.stringMatching(/^(yanglint \S+|interlock)$/) as unknown,
        modules: [{ name: 'interlock-ran', sha256: expect.stringMatching(/^[0-9a-f]{64}$/) as unknown }],
      },
    });
  });

  it('applies the deviations that the file claims to know, and needs their YANG', async () => {
    const deviation = `module acme-dev { namespace "urn:acme:dev"; prefix d;
      import interlock-ran { prefix r; }
      deviation /r:ran/r:cell/r:attributes/r:configuredMaxTxPower {
        deviate replace { type int32 { range "0..400"; } } } }`;
    const modules = { 'interlock-ran': { ...file.modules['interlock-ran']!, deviations: ['acme-dev'] } };
    expect(await violationsOf({ ...file, modules })).toMatchObject([
      { pointer: '/modules/interlock-ran/deviations' },
    ]);
    const at = '/classes/cell/leaves/max_tx_power/range';
    expect(await violationsOf({ ...file, modules }, [yang, deviation])).toMatchObject([{ pointer: at }]);
  });

  describe('where yanglint is not on the PATH', () => {
    let before: unknown;
    beforeAll(async () => {
      before = await violationsOf(wrong);
      process.env['PATH'] = '/nowhere';
    });

    it("is Interlock's own, and finds the same faults", async () => {
      expect(await checkBinding(file, [yang])).toMatchObject({ check: { by: 'interlock' } });
      expect(before).toMatchObject([
        { pointer: '/classes/cell/leaves/max_tx_power/range' },
        { pointer: '/classes/neighbour/leaves/ho_allowed/path' },
      ]);
      expect(await violationsOf(wrong)).toEqual(before);
    });
  });
});
