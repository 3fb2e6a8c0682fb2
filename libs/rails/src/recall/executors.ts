import type { RecalledStreams } from '@interlock/kernel';
import {
  executorDecider,
  type ExecutorCommand,
  type ExecutorEvent,
  type ExecutorsState,
} from '../executors.js';

export const executorRecall: RecalledStreams<ExecutorCommand, ExecutorEvent, ExecutorsState> = {
  category: 'executor',
  kind: 'executor',
  decider: executorDecider,
  recall: ([
    {
      type,
      data,
      metadata: { occurred_at: now },
    },
  ]) => {
    const { service, instance } = data;
    switch (type) {
      case 'ExecutorRegistered':
        return [{ kind: 'register', service, instance, now }];
      case 'ExecutorAnswered':
        return [{ kind: 'answer', ...data }];
      case 'ExecutorLeft':
        return [{ kind: 'leave', service, instance }];
    }
  },
};
