import { afterEach, describe, expect, it, jest } from '@jest/globals';
import { personal, Session, type Globals } from '../src/session.js';

afterEach(() => {
  jest.restoreAllMocks();
});

/** A login at a remote installation. */
const loggedIn: Globals = { tenant: 'demo', url: 'http://127.0.0.1:1', tokenFile: '/nowhere' };

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
