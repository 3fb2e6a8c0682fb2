import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { setTimeout } from 'node:timers/promises';
import { describe, expect, it } from '@jest/globals';
import { destinationOf, tenantSecrets } from '@interlock/platform';
import { commandLine, type RunResult } from '@interlock/testing';
import { cli, home } from './cli-home.js';

const putSlowly = async (
  parts: readonly string[],
  pauseMs: number,
  ...args: readonly string[]
): Promise<RunResult> => {
  const child = spawn(process.execPath, [commandLine, '--home', home, 'secrets', 'put', ...args]);
  child.stdin.on('error', () => undefined);
  for (const part of parts) {
    if (pauseMs > 0) await setTimeout(pauseMs);
    child.stdin.write(part);
  }
  child.stdin.end();
  const [stdout, stderr, [code]] = await Promise.all([
    text(child.stdout),
    text(child.stderr),
    once(child, 'close') as Promise<[number]>,
  ]);
  return { code, stdout, stderr };
};
const put = (secret: string, ...args: readonly string[]): Promise<RunResult> =>
  putSlowly([secret], 0, ...args);
const secrets = tenantSecrets({
  directory: join(home, 'handler-secrets'),
  prefix: 'HANDLER_',
  environment: {},
  place: 'secrets directory',
  owner: 'the agent gateway',
});
const read = (url: string): string => secrets.read('demo', 'file:mail', destinationOf(url));
const key = `SHA256:${'a'.repeat(43)}`;

describe('secrets', () => {
  it('are stored for their owner only, and sent only to their destinations', async () => {
    const stored = await put('the secret\n', 'handler', 'mail', '--for', 'agents.example.com:443');
    expect(stored).toMatchObject({ code: 0, stdout: expect.stringContaining('agents.example.com:443') });
    for (const name of ['mail', 'mail.for'])
      expect(statSync(join(home, 'handler-secrets/demo', name)).mode & 0o777).toBe(0o600);
    expect(read('https://agents.example.com/')).toBe('the secret');
    expect(() => read('https://thief.example.com/')).toThrow('is not bound');
  });

  it('are read from a program that is slow to write them', async () => {
    expect(
      await putSlowly(['slow', 'ly'], 1500, 'handler', 'slow', '--for', 'slow.example.com'),
    ).toMatchObject({
      code: 0,
    });
    expect(secrets.read('demo', 'file:slow', destinationOf('https://slow.example.com/'))).toBe('slowly');
  });

  it('can be bound elsewhere without being read again', async () => {
    await put('kept', 'handler', 'mail', '--for', 'old.example.com');
    expect(await put('', 'handler', 'mail', '--keep', '--for', 'new.example.com')).toMatchObject({ code: 0 });
    expect(read('https://new.example.com/')).toBe('kept');
    expect(() => read('https://old.example.com/')).toThrow('is not bound');
  });

  it('are listed with their destinations, and never shown', async () => {
    await put('very secret', 'device', 'gnb-1', '--for', '[2001:db8::1]:830', '--for', key);
    const { stdout } = await cli('secrets', 'list', '--json');
    const { items } = JSON.parse(stdout) as { readonly items: readonly { readonly use: string }[] };
    expect(items.filter(({ use }) => use === 'device')).toEqual([
      {
        use: 'device',
        name: 'gnb-1',
        reference: 'file:gnb-1',
        for: ['[2001:db8::1]:830', key],
        is_there: true,
      },
    ]);
    for (const format of ['table', 'wide', 'yaml', 'name'])
      expect((await cli('secrets', 'list', '-o', format)).stdout).not.toContain('very secret');
    expect((await cli('--tenant', 'other', 'secrets', 'list')).stdout).toBe('No secrets.\n');
  });

  it('of a channel that are an address are bound to it', async () => {
    const address = 'https://flows.example.com:8443/workflows/1?sig=signature-1';
    const stored = await put(`${address}\n`, 'channel', 'teams');
    expect(stored).toMatchObject({ code: 0, stderr: '' });
    expect(stored.stdout).toContain('file:teams of the channels may be sent to flows.example.com:8443');
    expect(stored.stdout).not.toContain('signature-1');
    expect(readFileSync(join(home, 'channel-secrets/demo/teams'), 'utf8')).toBe(`${address}\n`);
  });

  it('of several lines are keys and certificates only, and none is very long', async () => {
    const device = ['device', 'pem', '--for', 'h:830', '--for', key];
    for (const [text, fault] of [
      ['one\ntwo', 'has several lines'],
      ['one\rtwo', 'has several lines'],
      ['x'.repeat(3_000_000), 'is longer than 65536 characters'],
    ] as const)
      expect(await put(text, ...device)).toMatchObject({ code: 2, stderr: expect.stringContaining(fault) });
    expect(
      await put('-----BEGIN PRIVATE KEY-----\nMC4C\n-----END PRIVATE KEY-----\n', ...device),
    ).toMatchObject({
      code: 0,
    });
  });

  it.each([
    ['no destination', ['handler', 'x']],
    ['no destination, although it is no address', ['channel', 'x']],
    ['no destination, to keep', ['channel', 'x', '--keep']],
    ['an address with a path', ['handler', 'x', '--for', 'https://agents.example.com/']],
    ['a port that is none', ['handler', 'x', '--for', 'agents.example.com:70000']],
    ['a fingerprint that is none', ['device', 'x', '--for', 'h:830', '--for', 'SHA256:abc']],
    ['a device without its host key', ['device', 'x', '--for', 'h:830']],
    ['a device without its address', ['device', 'x', '--for', key]],
    ['a name that leaves the folder', ['handler', '../other/x', '--for', 'h']],
    ['the name of a binding', ['handler', 'x.for', '--for', 'h']],
    ['a use that is none', ['mailbox', 'x', '--for', 'h']],
    ['nothing to keep', ['handler', 'x', '--keep', '--for', 'h']],
  ])('are refused with %s, and nothing is written', async (_, args) => {
    expect(await put('s', ...args)).toMatchObject({ code: 2, stdout: '' });
    for (const folder of ['handler-secrets', 'channel-secrets'])
      expect(() => readFileSync(join(home, folder, 'demo/x'))).toThrow('ENOENT');
  });

  it('of a handler are not bound by what they are', async () => {
    expect(await put('https://flows.example.com/', 'handler', 'x')).toMatchObject({
      code: 2,
      stderr: expect.stringContaining('name a destination of the secret with --for'),
    });
  });

  it('are refused if they are empty', async () => {
    expect(await put('\n', 'handler', 'x', '--for', 'h')).toMatchObject({
      code: 2,
      stderr: expect.stringContaining('the secret is empty'),
    });
  });
});
