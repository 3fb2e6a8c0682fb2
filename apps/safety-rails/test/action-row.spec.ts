import { describe, expect, it } from '@jest/globals';
import type { RecordedEvent } from '@interlock/kernel';
import { foldRow, type ProjectedEvent } from '@interlock/postgres';
import { actionEventTypes, type ActionEvent } from '@interlock/rails';
import { recordedStreams } from '@interlock/testing';
import { actionFold, type ActionsTable } from '../src/actions/action-row.js';
import { wrongAnswers } from './row-answers.js';

const streams = recordedStreams('action');

const rowOf = (events: readonly RecordedEvent[]): ActionsTable | undefined =>
  events.reduce<ActionsTable | undefined>(
    (row, event) => foldRow(actionFold, row, event as ProjectedEvent<ActionEvent>),
    undefined,
  );

describe('the row of an action', () => {
  it.each(streams)('shows after each event of %s what the decider says', (_, events) => {
    expect(events.length).toBeGreaterThan(2);
    expect(wrongAnswers(events)).toEqual([]);
  });

  it('shows a comment that came with an end', () => {
    const life = streams
      .map(([, events]) => events)
      .find((events) => events.some(({ type }) => type === 'ConfirmationWindowOpened'))!;
    const open = life.slice(0, life.findIndex(({ type }) => type === 'ConfirmationWindowOpened') + 1);
    const last = open.at(-1)!;
    const cancelled: RecordedEvent = {
      ...last,
      type: 'ActionCancelled',
      revision: last.revision + 1n,
      data: { by: 'person:p1', reasons: [{ code: 'cancelled', detail: 'by a person' }], comment: 'enc:1' },
    };
    const events = [...open, cancelled];
    expect(wrongAnswers(events)).toEqual([]);
    expect(rowOf(events)).toMatchObject({
      state: 'CANCELLED',
      detail: { comments: [{ on: 'ActionCancelled', comment: 'enc:1' }] },
    });
  });

  it('has a handler for every event of an action', () =>
    expect(Object.keys(actionFold).sort()).toEqual([...actionEventTypes].sort()));

  it('is not there before an intent was accepted', () => {
    const [, events] = streams[0]!;
    expect(rowOf(events.slice(1))).toBeUndefined();
  });

  it('keeps nothing of what the decider alone needs', () => {
    const [, events] = streams[0]!;
    const text = JSON.stringify(rowOf(events));
    expect(text).toContain('parameters');
    for (const own of ['first_gate_by', 'requested_as', 'traceparent', 'parameters_schema'])
      expect(text).not.toContain(own);
  });
});
