import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, expect, it } from '@jest/globals';
import { childElements, elementBuilder, serialiseXml, type XmlElement } from '@interlock/netconf';
import { cellConfigs, initialConfig, ranState } from '../src/cells.js';
import { ranSchema, type SchemaNode } from '../src/device/schema.js';
import { createRan, demoFleet, kpis, RAN_NS } from '../src/index.js';
import { describeWith } from './left-out.js';

const MODULE = fileURLToPath(new URL('../yang/interlock-ran.yang', import.meta.url));
const missing = spawnSync('yanglint', ['--version']).error === undefined ? undefined : 'yanglint';

describeWith(missing, 'the module, as yanglint reads it', () => {
  let home: string;
  beforeAll(() => {
    home = mkdtempSync(join(tmpdir(), 'yang-'));
  });
  afterAll(() => rmSync(home, { recursive: true, force: true }));

  const lint = (
    type: 'config' | 'data',
    ...elements: readonly XmlElement[]
  ): { ok: boolean; said: string } => {
    const file = join(home, 'data.xml');
    writeFileSync(file, elements.map(serialiseXml).join(''));
    const run = spawnSync('yanglint', ['-t', type, MODULE, file], { encoding: 'utf8' });
    return { ok: run.status === 0, said: run.stderr };
  };
  const fleet = demoFleet();
  const config = fleet.map((device) => initialConfig(device.cells));

  it('is valid', () =>
    expect(spawnSync('yanglint', [MODULE], { encoding: 'utf8' })).toMatchObject({ status: 0, stderr: '' }));

  it('accepts the initial configuration of devices', () => {
    for (const one of config) expect(lint('config', ...one)).toEqual({ ok: true, said: '' });
  });

  it('accepts the reported state of devices, locked and degraded cells included', () => {
    const specs = fleet.flatMap((device) => device.cells);
    const figures = {
      ...kpis(createRan(1, specs), cellConfigs(config.flat())),
      ...kpis(createRan(1, specs.slice(0, 1)), {}),
    };
    expect(lint('data', ranState(Object.values(figures)))).toEqual({ ok: true, said: '' });
  });

  const ran = elementBuilder(RAN_NS);
  const values: Readonly<Record<string, readonly string[]>> = {
    administrativeState: ['LOCKED', 'UNLOCKED', 'SHUTTINGDOWN', ''],
    configuredMaxTxPower: ['0', '600', '601', '-1', 'x'],
    isHOAllowed: ['true', 'false', 'yes'],
    cellIndividualOffset: ['-24', '24', '25', '1.5'],
    isESCoveredBy: ['FULL', 'PARTIAL', 'NO', 'full'],
    resourceType: ['PRB', 'RRC', 'X'],
    sNSSAI: ['1-000001'],
    rRMPolicyMaxRatio: ['0', '100', '101'],
    rRMPolicyMinRatio: ['0', '100', '-1'],
    rRMPolicyDedicatedRatio: ['0', '100', '1e1'],
  };

  const leaves = (
    nodes: readonly SchemaNode[],
    wrap: (inner: XmlElement) => XmlElement,
  ): { node: Extract<SchemaNode, { kind: 'leaf' }>; wrap: (inner: XmlElement) => XmlElement }[] =>
    nodes.flatMap((node) => {
      if (node.kind === 'leaf') return [{ node, wrap }];
      if (node.kind === 'leaf-list') return [];
      const keys = node.kind === 'list' ? node.keys.map((key) => ran(key, 'k')) : [];
      const isKey = (one: SchemaNode): boolean => node.kind === 'list' && node.keys.includes(one.name);
      return leaves(
        node.children.filter((one) => !isKey(one)),
        (inner) => wrap(ran(node.name, ...keys, inner)),
      );
    });

  it('agrees with the schema table for edits on every leaf and its values', () => {
    const found = leaves(ranSchema, (inner) => inner);
    expect(found.map(({ node }) => node.name).sort()).toEqual(Object.keys(values).sort());
    for (const { node, wrap } of found) {
      for (const value of values[node.name] ?? []) {
        const root = wrap(ran(node.name, value));
        expect({ leaf: node.name, value, ok: lint('config', root).ok }).toEqual({
          leaf: node.name,
          value,
          ok: node.valid(value, ran(node.name, value)),
        });
      }
    }
    expect(childElements(config[0]?.[0] as XmlElement)).toHaveLength(3);
  });
});
