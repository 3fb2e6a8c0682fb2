import { mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, describe, expect, it, jest } from '@jest/globals';
import { personal, Session, type Globals } from '../src/connection/session.js';

afterEach(() => {
  jest.restoreAllMocks();
});

/** A login at a remote installation. */
const loggedIn: Globals = { tenant: 'demo', url: 'http://127.0.0.1:1', tokenFile: '/nowhere' };

describe('a command to run next', () => {
  const home = mkdtempSync(join(tmpdir(), "interlock's home "));
  writeFileSync(join(home, 'runtime.json'), '{"http":"http://127.0.0.1:1"}');
  const atHome = { home, tenant: 'acme', tenantNamed: true };
  const quoted = `'${home.replaceAll("'", `'\\''`)}'`;

  it('names the same home, tenant and person', () => {
    expect(new Session({ ...atHome, as: 'ann' }).next('changes approve x')).toBe(
      `interlock --home ${quoted} --tenant acme --as ann changes approve x`,
    );
    expect(new Session({ ...atHome, as: 'ann' }).next('changes approve x', 'NAME')).toContain('--as NAME ');
    expect(new Session({ home, tenant: 'demo' }).next('changes approve x')).toBe(
      `interlock --home ${quoted} --as NAME changes approve x`,
    );
  });

  it('names the tenant `_system` though the command chose it and not the caller', () => {
    const session = new Session({ home, tenant: '_system', tenantNamed: false, as: 'ann' });
    expect(session.next('changes approve x')).toBe(
      `interlock --home ${quoted} --tenant _system --as ann changes approve x`,
    );
  });

  it('names no person beside a login', () => {
    expect(new Session(loggedIn).next('changes approve x')).toBe(
      'interlock --url http://127.0.0.1:1 --token-file /nowhere changes approve x',
    );
  });
});

describe('--as beside a login', () => {
  it('is an error for a decision', () => {
    expect(() => personal({ ...loggedIn, as: 'ann' })).toThrow(
      '--as names a person of a home on this machine only',
    );
    expect(personal(loggedIn).isRemote).toBe(true);
  });

  it('is reported as ignored for anything else', () => {
    const said = jest.spyOn(process.stderr, 'write').mockReturnValue(true);
    expect(new Session({ ...loggedIn, as: 'ann' }).isRemote).toBe(true);
    expect(said.mock.calls.map(([text]) => text)).toEqual([
      '--as ann is ignored: http://127.0.0.1:1 knows you by your login.\n',
    ]);
    said.mockClear();
    expect(new Session(loggedIn).isRemote).toBe(true);
    expect(said).not.toHaveBeenCalled();
  });
});
