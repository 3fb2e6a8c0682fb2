import type { RecalledStreams } from '@interlock/kernel';
import {
  feedbackDecider,
  type FeedbackCommand,
  type FeedbackEvent,
  type FeedbackState,
} from '../feedback.js';

export const feedbackRecall: RecalledStreams<FeedbackCommand, FeedbackEvent, FeedbackState> = {
  category: 'feedback',
  kind: 'feedback',
  decider: feedbackDecider,
  recall: ([{ data }], _state, { id }) => (data.action_id === id ? [{ kind: 'give', ...data }] : []),
};
