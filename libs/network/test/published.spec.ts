import { createHash } from 'node:crypto';
import { existsSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from '@jest/globals';
import { bindingFaults, bindings, bindTo, contextFaults, yangSchema } from '../src/index.js';

const root = (path: string): string => fileURLToPath(new URL(`../../../${path}`, import.meta.url));
const table = JSON.parse(readFileSync(root('tools/yang/modules.json'), 'utf8')) as {
  readonly modules: { readonly [name: string]: { readonly sha256: string | null } };
  readonly sets: readonly { readonly binding: string; readonly files: readonly string[] }[];
};
/** A module of a set: fetched, else the same file of Debian. */
const pathOf = (name: string): string | undefined =>
  [root(`.interlock/yang/${name}.yang`), `/usr/share/yuma/modules/ietf/${name}.yang`].find(existsSync);
const absent = (files: readonly string[]): readonly string[] =>
  files.filter((name) => pathOf(name) === undefined);

/** Modules that were published with another revision or in another form than the binding's own. */
const sets = table.sets.map((set) => ({ ...set, title: `${set.binding} over ${set.files[0]!}` }));
const there = sets.filter(({ files }) => absent(files).length === 0);

describe('the published modules', () => {
  it('are there, or are named as left out', () => {
    for (const { title, files } of sets.filter((one) => !there.includes(one)))
      process.stdout.write(
        `left out: ${title} (${absent(files).join(', ')}: run \`node tools/yang/fetch.mjs\`)\n`,
      );
    expect(sets.length).toBeGreaterThan(0);
  });

  it.each(there)('have all that $title names', ({ binding: name, files }) => {
    const texts = files.map((one) => {
      const text = readFileSync(pathOf(one)!, 'utf8');
      const { sha256 } = table.modules[one]!;
      expect([one, createHash('sha256').update(text).digest('hex')]).toEqual([
        one,
        sha256 ?? expect.anything(),
      ]);
      return text;
    });
    const { file } = bindings.get(name)!;
    const schema = yangSchema(texts);
    expect(bindingFaults(file, schema.nodeAt)).toEqual([]);
    expect(contextFaults(file, schema)).toEqual([]);
    // Such a device may be changed: the binding states the revision as its own or as compatible.
    const modules = schema.modules.map((module) => ({
      ...module,
      features: ['alarm-shelving'],
      deviations: [],
    }));
    const { access, leaves } = bindTo(bindings.get(name)!, { source: 'rfc8525', id: null, modules });
    expect({ access, revisions: schema.modules }).toMatchObject({ access: 'change' });
    for (const [leaf, { access: may }] of leaves) expect([leaf, may]).not.toEqual([leaf, 'none']);
  });
});
