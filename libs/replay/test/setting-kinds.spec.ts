import { describe, expect, it } from '@jest/globals';
import { mcpServerDecider, mcpServerLoosens, mcpServerStream, toolDigest, toolType } from '@interlock/agents';
import { systemTenant, type ActionTypeV1, type Actor } from '@interlock/contracts';
import type { RecordedEvent } from '@interlock/kernel';
import {
  actionTypeDecider,
  actionTypeStream,
  lintLoosens,
  lintSettingsDecider,
  lintStream,
  policyDecider,
  shippedPolicy,
  signingDecider,
  signingLoosens,
  signingStream,
  type PolicyCommand,
} from '@interlock/policy';
import { builtInActionTypes } from '@interlock/rails';
import { personDecider, personStream } from '@interlock/tree';
import { Replay, type ReplayReport } from '../src/index.js';
import { writeSetting } from './simulated-log/changes.ts';
import { Journal, person, service } from './simulated-log/journal.ts';
import { wholeCatalogue } from './tampering/honest-log.js';
import { tenant, WrittenLog } from './written-log.js';

const replayed = (events: readonly RecordedEvent[]): ReplayReport => {
  const replay = new Replay({ whole: true });
  for (const event of events) if (!replay.take(event)) break;
  return replay.end();
};
/** The log with one event as if nobody had approved it. */
const unapproved = (events: readonly RecordedEvent[], place: number): readonly RecordedEvent[] => {
  const { metadata, ...event } = events[place]!;
  const { change: _change, ...rest } = metadata;
  return events.with(place, { ...event, metadata: rest });
};
const honest = await wholeCatalogue(1);
const applying = honest.flatMap(({ metadata, stream, type }, place) =>
  metadata.change === undefined || type.startsWith('Change')
    ? []
    : [[`${stream.split('-')[0]!} ${type}`, place] as const],
);
const byKind = [...new Map(applying.toReversed())];

describe('what loosens a setting', () => {
  it('is of these kinds in the honest log', () => {
    expect(byKind.map(([name]) => name).sort()).toEqual(
      expect.arrayContaining([
        'action_type ActionTypeRegistered',
        'autonomy AutoApprovalConfigured',
        'autonomy AutonomyModeSet',
        'autonomy BudgetSet',
        'channel ChannelRemoved',
        'device DeviceBound',
        'device DeviceUpdated',
        'mcp_server McpServerRegistered',
        'mcp_server McpToolConfirmed',
        'person PersonInvited',
        'person RoleGranted',
        'policy PolicyCreated',
        'policy PolicyVersioned',
        'posture PostureConfigured',
        'rollout RolloutConfigured',
        'rota RotaSet',
        'route AlertRoutesChanged',
        'team TeamDefined',
        'tenant CredentialIssued',
        'tenant TenantResumed',
      ]),
    );
  });

  it.each(byKind)('is refused without the change that people approved: %s', (_, place) => {
    expect(replayed(unapproved(honest, place)).difference).toMatchObject({
      id: honest[place]!.id,
      kind: 'change',
    });
  });

  it('is refused likewise for the checks of bundles and the demand of signatures', () => {
    const log = new WrittenLog('2026-01-01T00:00:00.000Z', 60_000);
    const lint = (severity: 'error' | 'warning') =>
      ({
        kind: 'ConfigureLint',
        settings: { invariants: [], severities: { more_permissive: severity } },
      }) as const;
    const signing = (demand: readonly 'Ed25519'[]) => ({ kind: 'ConfigureSigning', demand }) as const;
    const [ofLint, ofSigning] = [lintStream(tenant), signingStream(tenant)];
    const strict = log.set(ofLint, lintSettingsDecider, lintLoosens, lint('error'));
    log.set(ofLint, lintSettingsDecider, lintLoosens, lint('warning'), strict);
    const signed = log.set(ofSigning, signingDecider, signingLoosens, signing(['Ed25519']));
    log.set(ofSigning, signingDecider, signingLoosens, signing([]), signed);
    const { events } = log;
    expect(replayed(events).difference).toBeNull();
    for (const stream of [ofLint, ofSigning]) {
      const place = events.findLastIndex((event) => event.stream === stream);
      expect(replayed(unapproved(events, place)).difference).toMatchObject({
        id: events[place]!.id,
        kind: 'change',
      });
    }
  });
});

describe('what a service writes without a change', () => {
  const registry = service('policy-registry');
  const [type] = builtInActionTypes as [ActionTypeV1];
  const registered = (tell: (log: Journal) => void): ReplayReport => {
    const log = new Journal(1);
    tell(log);
    return replayed(log.out);
  };
  const builtIn = (entry: ActionTypeV1, by: Actor, of = systemTenant): ReplayReport =>
    registered((log) => {
      const command = { kind: 'RegisterActionType', entry } as const;
      log.tell(actionTypeStream(entry.action_type, of), actionTypeDecider, command, by);
    });

  it('is a built-in action type as this release has it, and of the system alone', () => {
    expect(builtIn(type, registry)).toMatchObject({ difference: null, itself: {} });
    expect(builtIn({ ...type, reversible: !type.reversible }, registry)).toMatchObject({
      difference: null,
      not_made_again: [{ kind: 'change', because: 'the built-in type is of another release' }],
    });
    expect(builtIn(type, person('ann')).difference).toMatchObject({ kind: 'change' });
    expect(builtIn(type, registry, 'sim').difference).toMatchObject({ kind: 'change' });
  });

  describe('the action type of a confirmed tool', () => {
    const content = {
      server: 'tickets',
      title: 'Tickets',
      address: { kind: 'stdio', command: 'tickets' } as const,
      timeout_ms: 5000,
      max_calls: 4,
    };
    const definition = {
      name: 'close',
      title: null,
      description: 'Closes a ticket',
      input_schema: { type: 'object' },
      output_schema: null,
      annotations: null,
    };
    const terms = { read_only: false, external_contact: true, confidence_score: 0.9, keep_results: false };
    const of = toolType(content, definition, terms);
    const confirmed = { tool: 'close', action_type: of.action_type, definition, terms };
    const stream = mcpServerStream('sim', content.server);
    const setting = { stream, decider: mcpServerDecider, loosens: mcpServerLoosens };
    const types = actionTypeStream(of.action_type, 'sim');
    const define = (log: Journal, over: object = {}, by: Actor = person('ann')): void =>
      log.tell(types, actionTypeDecider, { kind: 'DefineActionType', content: { ...of, ...over } }, by);
    const confirm = (log: Journal, tools = [confirmed]): void =>
      writeSetting(log, setting, { kind: 'RegisterServer', content, tools }, person('ann'));
    const defined = (...steps: readonly ((log: Journal) => void)[]): ReplayReport =>
      registered((log) => {
        for (const step of steps) step(log);
      });
    const refused = { difference: { kind: 'change', id: expect.any(String) } };

    it('is accepted of a person, with the content that people confirmed', () => {
      expect(defined(confirm, define).difference).toBeNull();
      expect(defined(confirm, (log) => define(log, { external_contact: false }))).toMatchObject(refused);
      expect(defined((log) => confirm(log, []), define)).toMatchObject(refused);
    });

    it.each([service('agent-gateway'), service('policy-registry')])('is refused of %j', (actor) =>
      expect(defined(confirm, (log) => define(log, {}, actor))).toMatchObject(refused),
    );

    const digest = toolDigest(definition);
    const withdrawals: Readonly<Record<string, (log: Journal) => void>> = {
      'is held': (log) => {
        const held = { confirmed_digest: digest, seen_digest: null, difference: [] };
        const command = { kind: 'HoldTool', tool: 'close', ...held } as const;
        log.tell(stream, mcpServerDecider, command, service('agent-gateway'));
      },
      'is of a retired server': (log) =>
        log.tell(stream, mcpServerDecider, { kind: 'RetireServer' }, person('ann')),
      'is of a server with a new address': (log) => {
        const moved = { ...content, address: { kind: 'stdio', command: 'other' } as const };
        writeSetting(log, setting, { kind: 'RegisterServer', content: moved }, person('ann'));
      },
    };
    const retire = (log: Journal): void =>
      log.tell(types, actionTypeDecider, { kind: 'RetireActionType' }, person('ann'));

    it.each(Object.entries(withdrawals))('is refused again once its tool %s', (_, withdraw) => {
      expect(defined(confirm, define, retire, define).difference).toBeNull();
      expect(defined(confirm, define, withdraw, retire, define)).toMatchObject(refused);
      expect(defined(confirm, define, withdraw, confirm, withdraw, retire, define)).toMatchObject(refused);
      expect(defined(confirm, define, retire, withdraw, confirm, define).difference).toBeNull();
    });

    it.each(Object.entries(withdrawals))('counts once if its tool %s before it is written', (_, withdraw) => {
      expect(defined(confirm, withdraw, define).difference).toBeNull();
      expect(defined(confirm, withdraw, define, retire, define)).toMatchObject(refused);
    });
  });

  it('is a link that a person makes for themselves', () => {
    const { person_id } = person('ann') as { readonly person_id: string };
    const made = (by: Actor, occasion: 'link' | 'new'): ReplayReport =>
      registered((log) => {
        const link = { kind: 'invite', person_id, invitation_id: 'i', occasion, role: 'approver' } as const;
        const terms = { name: null, expires_at: log.at, ends_sessions: false };
        log.tell(personStream('sim', person_id), personDecider, { ...link, ...terms }, by);
      });
    expect(made(person('ann'), 'link').difference).toBeNull();
    expect(made(person('ann'), 'new').difference).toMatchObject({ kind: 'change' });
    expect(made(person('bob'), 'link').difference).toMatchObject({ kind: 'change' });
    expect(made(service('edge'), 'link').difference).toMatchObject({ kind: 'change' });
  });

  it('is the built-in policy, once and as it is', () => {
    const { stream, command_id: id, command } = shippedPolicy;
    const policy = (told: PolicyCommand, of = id): ReplayReport =>
      registered((log) => {
        const entries = builtInActionTypes.map((entry) => ({ kind: 'RegisterActionType', entry }) as const);
        for (const register of entries)
          log.tell(actionTypeStream(register.entry.action_type), actionTypeDecider, register, registry);
        log.tell(stream, policyDecider, told, registry, { id: of });
      });
    if (command.kind !== 'CreatePolicy') throw new Error('the built-in policy is created');
    expect(policy(command).difference).toBeNull();
    const wider = { ...command, content: { ...command.content, action_types: ['cell_failover'] } };
    for (const forged of [policy(wider), policy(command, 'another')])
      expect(forged.difference).toMatchObject({ kind: 'change' });
  });
});
