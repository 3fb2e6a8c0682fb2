import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { evolveRecorded, type RecordedEvent } from '@interlock/kernel';
import {
  deviceTxDecider,
  nextPartStep,
  OpenTransactions,
  partTxId,
  wholeStatus,
  type AskedTurn,
  type DeviceTxCommand,
  type DeviceTxState,
  type PartStep,
} from '../src/index.js';

const why = [{ code: 'why', detail: 'because' }];
const prepared = {
  edit_xml: '<x/>',
  inverse_xml: '<y/>',
  changes: [{ path: '/a', before: '1', after: '2' }],
  diff_hash: 'd',
  leaves_fingerprint: 'f',
  pre_image: { '/a': '1' },
  pre_image_hash: 'h',
  neighbours: [],
  samples_before: [],
};
const observation = { before: {}, after: {}, delta: {}, samples: 1, breaches: [] };

/** A change over devices that exist only as journals; the devices do what they are told to. */
class Change {
  readonly open = new OpenTransactions();
  readonly states: DeviceTxState[];
  readonly steps: string[] = [];
  asked = {
    turn: { turn: 1 } as { readonly turn: number } | null,
    confirm_request: null as string | null,
    undo_request: null as string | null,
    rollback: null as { readonly request_id: string } | null,
    ended: false,
  };
  #revisions: number[];
  #position = 0n;

  constructor(readonly devices: readonly string[]) {
    this.states = devices.map(() => deviceTxDecider.initial);
    this.#revisions = devices.map(() => 0);
  }

  tell(number: number, command: DeviceTxCommand): void {
    const i = number - 1;
    for (const event of deviceTxDecider.decide(command, this.states[i]!)) {
      this.#position += 1n;
      const recorded = {
        ...event,
        id: `${this.#position}`,
        stream: `device_tx-demo:${partTxId('a1', number)}`,
        revision: BigInt(this.#revisions[i]!++),
        position: { commit: this.#position, prepare: this.#position },
        created: '2026-01-01T00:00:00.000Z',
        metadata: { occurred_at: '2026-01-01T00:00:00.000Z', $correlationId: 'c', command_id: 'c' },
      } as unknown as RecordedEvent;
      this.states[i] = evolveRecorded(deviceTxDecider, this.states[i]!, recorded);
      this.open.take(recorded);
      this.steps.push(`${number} ${event.type}`);
    }
  }

  /** The coordinator's next step, if there is one. */
  coordinate(): PartStep | undefined {
    const step = nextPartStep(this.devices, this.states, this.asked);
    if (step === undefined) return undefined;
    const { number } = step;
    if (step.kind === 'command') this.tell(number, step.command);
    else if (step.kind === 'accept_turn')
      this.tell(number, {
        kind: 'AcceptTurn',
        asked: {
          turn: this.asked.turn!.turn,
          request_id: `t${this.asked.turn!.turn}`,
          action_id: 'a1',
          action_type: 'cell_failover',
          entity_id: 'c1',
          device_id: this.devices[number - 1]!,
          device: { profile: '3gpp' },
          part: { number, devices: this.devices },
        } as unknown as AskedTurn,
      });
    else this.begin(number);
    return step;
  }

  begin(number: number): void {
    this.tell(number, {
      kind: 'AcceptApply',
      apply: {
        action_id: 'a1',
        request_id: 'r1',
        epoch: '1',
        plan_hash: 'p',
        action_type: 'cell_failover',
        entity_id: 'c1',
        device_id: this.devices[number - 1]!,
        soak_s: 5,
        confirm_timeout_s: 95,
        turn: this.states[number - 1]!.turn!.turn,
      },
    });
  }

  /** What the device of a part and its driver do next; `fails` is chance. */
  work(number: number, fails: boolean): boolean {
    const { phase, turn } = this.states[number - 1]!;
    const gone: DeviceTxCommand = { kind: 'RecordRolledBack', how: 'device-restart', reasons: why };
    const next: { readonly [phase: string]: DeviceTxCommand } = {
      turn_accepted: fails
        ? { kind: 'RefuseApply', request_id: 't1', reasons: why }
        : { kind: 'TakeTurn', turn: turn?.turn ?? 1, instance: 'i', plan_hash: 'p', prepared },
      prepared: fails
        ? { kind: 'RecordLapse', reasons: why }
        : { kind: 'RequestTentativeCommit', instance: 'i' },
      commit_requested: fails
        ? { kind: 'RecordFailed', reasons: why }
        : {
            kind: 'RecordTentative',
            applied_at: '2026-01-01T00:00:00.000Z',
            timer_ends_at: '2026-01-01T00:01:35.000Z',
            read_back_hash: 'rb',
          },
      tentative: fails ? gone : { kind: 'RecordObservation', observation, samples: [] },
      ...(fails ? { observed: gone, turn_taken: { kind: 'RecordLapse', reasons: why } } : {}),
      confirm_requested: fails ? gone : { kind: 'RecordConfirmed', read_back_hash: 'rb' },
      cancel_requested: { kind: 'RecordRolledBack', how: 'cancel-commit', reasons: [] },
      inverse_requested: { kind: 'RecordRolledBack', how: 'inverse-edit', reasons: [] },
    };
    const command = next[phase];
    if (command === undefined) return false;
    this.tell(number, command);
    return true;
  }

  get status() {
    return wholeStatus('a1', this.states);
  }

  /** The orchestrator: starts what is ready, and confirms or undoes what was observed. */
  decide(what: 'confirm' | 'undo'): void {
    if (this.status.state === 'READY' && this.states[0]!.phase === 'turn_taken') this.begin(1);
    if (this.status.state !== 'OBSERVED') return;
    if (what === 'confirm') this.asked = { ...this.asked, confirm_request: 'confirm' };
    else this.asked = { ...this.asked, undo_request: 'undo' };
  }

  run(what: 'confirm' | 'undo', chance: () => boolean, order: () => number = () => 0): void {
    for (let idle = 0; idle < 3;) {
      let moved = false;
      while (this.coordinate() !== undefined) moved = true;
      const first = order() % this.devices.length;
      for (let i = 0; i < this.devices.length; i += 1) {
        const number = ((first + i) % this.devices.length) + 1;
        if (this.work(number, chance())) {
          moved = true;
          break;
        }
      }
      this.decide(what);
      idle = moved ? 0 : idle + 1;
    }
  }
}

describe('a change of several devices', () => {
  it('takes turns in the order of the device ids, and commits and confirms in its own', () => {
    const change = new Change(['gnb-b', 'gnb-c', 'gnb-a']);
    change.run('confirm', () => false);
    const of = (type: string): readonly string[] =>
      change.steps.filter((step) => step.endsWith(` ${type}`)).map((step) => step.split(' ')[0]!);
    expect(of('TurnTaken')).toEqual(['3', '1', '2']);
    expect(of('TentativeCommitRequested')).toEqual(['1', '2', '3']);
    expect(of('ChangeConfirmed')).toEqual(['1', '2', '3']);
    expect(change.steps.indexOf('2 TurnTaken')).toBeLessThan(change.steps.indexOf('1 ApplyAccepted'));
    expect(change.status).toMatchObject({ state: 'CONFIRMED', tx_id: 'a1', turn: 1 });
    expect(change.open.list()).toEqual([]);
  });

  it('is undone in the reverse order of its commits, as the action asks', () => {
    const change = new Change(['gnb-b', 'gnb-c', 'gnb-a']);
    change.run('undo', () => false);
    expect(change.steps.filter((step) => step.endsWith(' ChangeRolledBack'))).toEqual([
      '3 ChangeRolledBack',
      '2 ChangeRolledBack',
      '1 ChangeRolledBack',
    ]);
    expect(change.status.state).toBe('ROLLED_BACK');
  });

  it('keeps a confirmed part open until every part is confirmed', () => {
    const change = new Change(['gnb-a', 'gnb-b']);
    change.run('confirm', () => change.states[0]!.phase === 'confirmed');
    expect(change.steps).toContain('1 ChangeConfirmed');
    expect(change.steps).toContain('1 InverseEditRequested');
    expect(change.status.state).toBe('ROLLED_BACK');
    expect(change.open.list()).toEqual([]);

    const half = new Change(['gnb-a', 'gnb-b']);
    half.run('confirm', () => false);
    const before = new Change(['gnb-a', 'gnb-b']);
    while (before.states[0]!.phase !== 'confirmed') {
      if (before.coordinate() === undefined && !before.work(1, false)) before.work(2, false);
      before.decide('confirm');
    }
    expect(before.open.isBehind('demo', 'another', 'gnb-a')).toBe(true);
    expect(before.open.find('device_tx-demo:a1.1')).toMatchObject({ phase: 'confirmed' });
    expect(half.open.find('device_tx-demo:a1.1')).toBeUndefined();
  });

  it('asks for another turn of all devices once one has lapsed', () => {
    const change = new Change(['gnb-a', 'gnb-b']);
    let lapsed = false;
    change.run('confirm', () => {
      const isTaken = change.states.every(({ phase }) => phase === 'turn_taken');
      const lapses = !lapsed && isTaken;
      lapsed ||= lapses;
      return lapses;
    });
    expect(['STALE', 'CONFIRMED']).toContain(change.status.state);
    const again = new Change(['gnb-a', 'gnb-b']);
    while (!again.states.every(({ phase }) => phase === 'turn_taken'))
      if (again.coordinate() === undefined && !again.work(1, false)) again.work(2, false);
    again.tell(2, { kind: 'RecordLapse', reasons: why });
    again.coordinate();
    expect(again.status).toMatchObject({ state: 'STALE', turn: 1, reasons: why });
    again.asked = { ...again.asked, turn: { turn: 2 } };
    again.run('confirm', () => false);
    expect(again.status).toMatchObject({ state: 'CONFIRMED', turn: 2 });
  });

  it('ends on all devices or on none, whatever fails and whoever moves first', () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 2, max: 4 }),
        fc.constantFrom('confirm', 'undo'),
        fc.infiniteStream(fc.integer({ min: 0, max: 999 })),
        fc.integer({ min: 0, max: 250 }),
        (count, what, numbers, rate) => {
          const change = new Change(['gnb-c', 'gnb-a', 'gnb-d', 'gnb-b'].slice(0, count));
          const next = (): number => numbers.next().value!;
          change.run(
            what,
            () => next() < rate,
            () => next(),
          );
          const confirmed = change.states.filter(({ phase }) => phase === 'confirmed').length;
          const { state } = change.status;
          expect([0, count]).toContain(confirmed);
          expect(state === 'CONFIRMED').toBe(confirmed === count);
          expect(['CONFIRMED', 'ROLLED_BACK', 'FAILED', 'REFUSED', 'STALE']).toContain(state);
          expect(change.open.list()).toEqual([]);
        },
      ),
      { numRuns: 500 },
    );
  });

  it('that is complete is rolled back in the reverse order, and says which device refused', () => {
    const change = new Change(['gnb-a', 'gnb-b']);
    change.run('confirm', () => false);
    change.asked = { ...change.asked, rollback: { request_id: 'back' }, ended: true };
    expect(change.coordinate()).toMatchObject({ number: 2 });
    change.tell(2, { kind: 'RefuseUndo', reasons: why });
    expect(change.coordinate()).toBeUndefined();
    expect(change.status).toMatchObject({ state: 'CONFIRMED', undo_refused: 'back', reasons: why });

    change.asked = { ...change.asked, rollback: { request_id: 'back again' } };
    change.coordinate();
    change.work(2, false);
    expect(change.coordinate()).toMatchObject({ number: 1 });
    change.work(1, false);
    expect(change.status.state).toBe('ROLLED_BACK');
  });
});
