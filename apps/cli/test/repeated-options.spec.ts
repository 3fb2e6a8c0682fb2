import { describe, expect, it } from '@jest/globals';
import { programFor } from '../src/program/program.js';
import { inProcess } from './in-process.js';

/** The values that the parser gives to a command, which does not run. */
const parsed = async (...words: readonly string[]): Promise<object> => {
  const program = await programFor(words);
  const [group, name] = words;
  const found = program.commands.find((one) => one.name() === group)!;
  const command = found.commands.find((one) => one.name() === name) ?? found;
  command.action(() => undefined);
  await program.parseAsync(words, { from: 'user' });
  return command.opts();
};

describe('an option that is given twice', () => {
  it.each([
    [['token', '--scope', 'AUDIT_READ', '--ttl', '60', '--ttl', '90'], '--ttl'],
    [['actions', 'list', '--state', 'DENIED', '--state', 'COMPLETED'], '--state'],
    [['actions', 'list', '-o', 'json', '--output', 'yaml'], '--output'],
    [['mode', 'set', 'DISABLED', '--reason', 'a', '--reason=b'], '--reason'],
    [['policy', 'lint', 'file', '--format', 'json', '--format', 'text'], '--format'],
  ])('is refused with exit code 2 if it takes one value: %j', async (words, flag) => {
    const stderr = `interlock: ${flag} takes one value, and is repeated\n`;
    expect(await inProcess(words, {})).toEqual({ code: 2, stdout: '', stderr });
  });

  it.each([
    [['token', '--scope', 'AUDIT_READ', '--scope', 'AUDIT_EXPORT'], { scope: 'AUDIT_READ,AUDIT_EXPORT' }],
    [['tenants', 'allow', 't', '--user', 'u', '--agents', 'a,b', '--agents', 'c'], { agents: 'a,b,c' }],
    [['teams', 'set', 't', '--name', 'T', '--accounts', 'a', '--accounts', 'b'], { accounts: 'a,b' }],
    [['channels', 'set', 'c', '--set', 'a=1', '--set', 'b=2'], { set: ['a=1', 'b=2'] }],
    [['agents', 'create', 'n', '--account', 'a', '--account', 'b'], { account: ['a', 'b'] }],
  ])('is collected if it takes a list: %j', async (words, values) =>
    expect(await parsed(...words)).toMatchObject(values),
  );

  it('is the same flag, or the last of the places to connect to', async () => {
    expect(await parsed('actions', 'list', '--open', '--open')).toMatchObject({ open: true });
    const program = await programFor(['version']);
    program.parseOptions(['--home', 'a', '--home', 'b']);
    expect(program.opts()).toMatchObject({ home: 'b' });
  });
});

describe('a home beside another installation', () => {
  it.each([
    ['--url', 'http://127.0.0.1:1'],
    ['--context', 'work'],
    ['--token-file', 'token'],
  ])('is refused with exit code 2: %s', async (flag, value) => {
    const stderr = `interlock: --home and ${flag} name two installations: give one of them\n`;
    for (const words of [
      ['--home', 'h', flag, value, 'actions', 'list'],
      ['actions', 'list', flag, value, '--home', 'h'],
    ])
      expect(await inProcess(words, {})).toEqual({ code: 2, stdout: '', stderr });
  });
});
