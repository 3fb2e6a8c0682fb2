import { describe, expect, it } from '@jest/globals';
import { roles, systemTenant } from '@interlock/contracts';
import { foundersIn } from '../src/console.js';

describe('the founders of a home', () => {
  it('are one person for each role where nobody names them', () => {
    expect(foundersIn(undefined).map(({ role }) => role)).toEqual(roles);
    expect(foundersIn(' ').map(({ subject }) => subject)).toContain('console-policy-author');
  });

  it('are the named ones, and administrators have the tenant of the system too', () => {
    expect(foundersIn('Ada Lovelace=administrator, Bo=policy-approver')).toEqual([
      {
        subject: 'console-ada-lovelace',
        name: 'Ada Lovelace',
        role: 'administrator',
        tenants: ['demo', systemTenant],
      },
      { subject: 'console-bo', name: 'Bo', role: 'policy_approver', tenants: ['demo'] },
    ]);
  });

  it.each([
    ['Bo=approver', 'must have an administrator'],
    ['Ada=king', 'must be NAME=ROLE'],
    ['<b>=administrator', 'must be NAME=ROLE'],
    ['Ada=administrator,ada=approver', 'must have a name of its own for each person'],
  ])('are refused as `%s`', (text, fault) => expect(() => foundersIn(text)).toThrow(fault));
});
