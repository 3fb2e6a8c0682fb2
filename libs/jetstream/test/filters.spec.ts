import { describe, expect, it } from '@jest/globals';
import { filtersOf } from '../src/messages/filters.js';

const filter = 'interlock.events.action.*.*';

describe('the filters of a consumer', () => {
  it('name each event type where the server takes several', () => {
    expect(filtersOf({ filter, eventTypes: ['ActionDenied', 'ActionCompleted'] }, '2.10.29')).toEqual({
      filter_subjects: [
        'interlock.events.action.ActionDenied.*',
        'interlock.events.action.ActionCompleted.*',
      ],
    });
  });

  it('are the whole category where the server takes one', () => {
    for (const version of ['2.9.10', ''])
      expect(filtersOf({ filter, eventTypes: ['ActionDenied', 'ActionCompleted'] }, version)).toEqual({
        filter_subject: filter,
      });
  });

  it('of one event type are exact for every server', () => {
    expect(filtersOf({ filter, eventTypes: ['ActionDenied', 'ActionDenied'] }, '2.9.10')).toEqual({
      filter_subject: 'interlock.events.action.ActionDenied.*',
    });
  });

  it('are the given one without event types, and none for the whole stream', () => {
    expect(filtersOf({ filter }, '2.12.1')).toEqual({ filter_subject: filter });
    expect(filtersOf({ filter: '>' }, '2.12.1')).toEqual({});
  });
});
