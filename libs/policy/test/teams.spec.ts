import { describe, expect, it } from '@jest/globals';
import { given, isProblem, type RecordedEvent } from '@interlock/kernel';
import { checkTeam, isTeamId, TeamIndex, teamDecider, teamStream, type TeamV1 } from '../src/index.js';

const team = (over: Partial<TeamV1> = {}): TeamV1 => ({
  team_id: 'north',
  name: 'North',
  agents: ['ran-optimizer'],
  accounts: ['n-1'],
  ...over,
});
const refused = (id: string, body: unknown): readonly string[] => {
  try {
    checkTeam(id, body);
    return [];
  } catch (error) {
    if (!isProblem(error, 'validation-failed')) throw error;
    return error.violations.map(({ pointer }) => pointer);
  }
};
const index = (...defined: readonly (TeamV1 & { readonly tenant?: string })[]): TeamIndex => {
  const made = new TeamIndex();
  for (const { tenant = 'demo', ...one } of defined)
    made.fold({
      stream: teamStream(tenant, one.team_id),
      type: 'TeamDefined',
      data: one,
    } as unknown as RecordedEvent);
  return made;
};

describe('a team', () => {
  it('is defined whole, with sorted names, and a repeat writes nothing', () => {
    const checked = checkTeam('north', { name: 'North', agents: ['b', 'a'] });
    expect(checked).toEqual({ team_id: 'north', name: 'North', agents: ['a', 'b'], accounts: [] });
    const events = given(teamDecider, []).when({ kind: 'DefineTeam', team: checked }).events;
    expect(events).toEqual([{ type: 'TeamDefined', data: checked }]);
    expect(
      given(teamDecider, events).when({
        kind: 'DefineTeam',
        team: checkTeam('north', { name: 'North', agents: ['a', 'b'] }),
      }).events,
    ).toEqual([]);
    expect(
      given(teamDecider, events).when({ kind: 'DefineTeam', team: { ...checked, agents: [] } }).events,
    ).toHaveLength(1);
  });

  it('keeps to its stream', () => {
    const events = given(teamDecider, []).when({ kind: 'DefineTeam', team: team() }).events;
    expect(
      isProblem(
        given(teamDecider, events).when({ kind: 'DefineTeam', team: team({ team_id: 'south' }) }).error,
        'wrong-state',
      ),
    ).toBe(true);
  });

  it.each([
    ['north', null, ['']],
    ['north', {}, ['/name']],
    ['north', { name: '', agents: 'x', more: 1 }, ['/name', '/agents', '/more']],
    ['north', { name: 'n', accounts: ['a', 'a'] }, ['/accounts']],
    ['north', { name: 'n', agents: [''] }, ['/agents/0']],
    ['North', { name: 'n' }, ['/path/team_id']],
  ])('%s as %j is refused at %j', (id, body, pointers) => expect(refused(id, body)).toEqual(pointers));

  it('never has the id of the tenant-wide stream', () => {
    expect([isTeamId('all'), isTeamId('all-of-us'), isTeamId('')]).toEqual([false, true, false]);
    expect(refused('all', { name: 'n' })).toEqual(['/path/team_id']);
  });
});

describe('the team of a request', () => {
  it('is the one that lists its agent, else its account, else none', () => {
    const teams = index(team(), team({ team_id: 'south', agents: ['mailer'], accounts: ['s-1'] }));
    expect(
      [
        ['ran-optimizer', 's-1'],
        ['other', 's-1'],
        ['other', 'x'],
        ['mailer', undefined],
        ['other', undefined],
      ].map(([agent, account]) => teams.teamOf('demo', agent!, account)),
    ).toEqual(['north', 'south', null, 'south', null]);
  });

  it('follows redefined teams of the same tenant only', () => {
    const teams = index(team({ tenant: 'other' } as never), team(), team({ agents: [] }));
    expect([
      teams.teamOf('demo', 'ran-optimizer', undefined),
      teams.teamOf('demo', 'x', 'n-1'),
      teams.teamOf('nobody', 'ran-optimizer', 'n-1'),
    ]).toEqual([null, 'north', null]);
    expect(teams.list('demo')).toEqual([team({ agents: [] })]);
  });

  it('is the first by id if two list the same name, in any order, and the second one is reported', () => {
    const [a, b] = [team({ team_id: 'a' }), team({ team_id: 'b' })];
    expect(
      [index(a, b), index(b, a)].map((teams) => teams.teamOf('demo', 'ran-optimizer', undefined)),
    ).toEqual(['a', 'a']);
    expect(
      index(a)
        .claims('demo', b)
        .map(({ pointer, detail }) => [pointer, detail]),
    ).toEqual([
      ['/agents', '`ran-optimizer` is listed by team `a`'],
      ['/accounts', '`n-1` is listed by team `a`'],
    ]);
    expect(index(a).claims('demo', { ...a, agents: [...a.agents, 'new'] })).toEqual([]);
  });

  it('ignores events of other streams', () => {
    const teams = new TeamIndex();
    teams.fold({ stream: 'bundle-demo:x', type: 'TeamDefined', data: team() } as unknown as RecordedEvent);
    teams.fold({ stream: 'team-demo:north', type: 'TeamPainted', data: team() } as unknown as RecordedEvent);
    expect(teams.list('demo')).toEqual([]);
  });
});
