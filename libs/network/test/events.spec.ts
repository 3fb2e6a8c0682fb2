import { readFileSync } from 'node:fs';
import { describe, expect, it } from '@jest/globals';
import type { Reason } from '@interlock/contracts';
import {
  deviceDecider,
  deviceTxDecider,
  tenantBindingDecider,
  type AskedTurn,
  type CommitIds,
  type DeviceExchange,
} from '../src/index.js';
import { device } from './fleet.js';
import { exampleEvents } from './golden.js';

describe('the events of the network', () => {
  const examples = JSON.parse(
    readFileSync(new URL('../../../fixtures/network/events.json', import.meta.url), 'utf8'),
  ) as { readonly [type: string]: object };
  const plain = (value: unknown): unknown => JSON.parse(JSON.stringify(value));

  it('each have a checked-in example', () => {
    const types = [...deviceDecider.types, ...deviceTxDecider.types, ...tenantBindingDecider.types];
    expect(Object.keys(examples).sort()).toEqual([...types].sort());
  });

  it.each(Object.keys(examples))(
    '%s is written like its example; a changed shape needs a new schema version and an upcaster',
    (type) => expect(plain(exampleEvents()[type])).toEqual(examples[type]),
  );

  it('hold the RPCs exchanged with the device, if any', () => {
    const example = (
      JSON.parse(
        readFileSync(new URL('../../../fixtures/network/exchanges.json', import.meta.url), 'utf8'),
      ) as {
        readonly TentativeCommitApplied: { readonly exchanges: readonly DeviceExchange[] } & {
          applied_at: string;
          timer_ends_at: string;
          read_back_hash: string;
        };
      }
    ).TentativeCommitApplied;
    const state = { ...deviceTxDecider.initial, phase: 'commit_requested' } as const;
    const { exchanges, ...recorded } = example;
    expect(deviceTxDecider.decide({ kind: 'RecordTentative', ...recorded, exchanges }, state)).toEqual([
      { type: 'TentativeCommitApplied', data: example },
    ]);
    expect(deviceTxDecider.decide({ kind: 'RecordTentative', ...recorded, exchanges: [] }, state)).toEqual([
      { type: 'TentativeCommitApplied', data: recorded },
    ]);
  });

  it('name the commit of a change by the ids of the device, and the one that a rollback returns to', () => {
    const examples = JSON.parse(
      readFileSync(new URL('../../../fixtures/network/commit-ids.json', import.meta.url), 'utf8'),
    ) as {
      readonly TentativeCommitApplied: {
        readonly applied_at: string;
        readonly timer_ends_at: string;
        readonly read_back_hash: string;
        readonly commit: CommitIds;
      };
      readonly InverseCommitRequested: { readonly instance: string; readonly to_commit: string };
    };
    const state = { ...deviceTxDecider.initial, phase: 'commit_requested' } as const;
    const applied = examples.TentativeCommitApplied;
    expect(deviceTxDecider.decide({ kind: 'RecordTentative', ...applied }, state)).toEqual([
      { type: 'TentativeCommitApplied', data: applied },
    ]);
    const asked = {
      ...deviceTxDecider.initial,
      phase: 'inverse_requested',
      rollback: { request_id: 'r-4', is_sent: false, senders: [], to_commit: null, is_refused: false },
    } as const;
    const requested = examples.InverseCommitRequested;
    expect(deviceTxDecider.decide({ kind: 'RequestInverseCommit', ...requested }, asked)).toEqual([
      { type: 'InverseCommitRequested', data: requested },
    ]);
  });

  it('of a part of a change name its place, and take it back although it is confirmed', () => {
    const example = JSON.parse(
      readFileSync(new URL('../../../fixtures/network/part.json', import.meta.url), 'utf8'),
    ) as {
      readonly TurnAccepted: AskedTurn;
      readonly InverseEditRequested: { readonly reasons: readonly Reason[] };
    };
    const asked = deviceTxDecider.decide(
      { kind: 'AcceptTurn', asked: example.TurnAccepted },
      deviceTxDecider.initial,
    );
    expect(asked).toEqual([{ type: 'TurnAccepted', data: example.TurnAccepted }]);
    const { reasons } = example.InverseEditRequested;
    const confirmed = {
      ...deviceTxDecider.initial,
      phase: 'confirmed',
      turn: { ...example.TurnAccepted, taken: null },
    } as const;
    expect(deviceTxDecider.decide({ kind: 'RequestInverseEdit', reasons }, confirmed)).toEqual([
      { type: 'InverseEditRequested', data: example.InverseEditRequested },
    ]);
    const { part: _, ...alone } = example.TurnAccepted;
    expect(() =>
      deviceTxDecider.decide(
        { kind: 'RequestInverseEdit', reasons },
        { ...confirmed, turn: { ...alone, taken: null } },
      ),
    ).toThrow('wrong-state');
  });

  it('hold the quarantine of a removed device', () => {
    const { DeviceRemoved: removed } = JSON.parse(
      readFileSync(new URL('../../../fixtures/network/removed.json', import.meta.url), 'utf8'),
    ) as { readonly DeviceRemoved: object };
    expect(
      deviceDecider.decide(
        { kind: 'RemoveDevice', reason: null },
        { ...deviceDecider.initial, device: device(), quarantined: 'it is not as the log says' },
      ),
    ).toEqual([{ type: 'DeviceRemoved', data: removed }]);
  });
});
