import { signalRecall } from '@interlock/posture';
import { compared } from '../finding.js';
import { StreamReplay } from '../stream-replay.js';

/** What was wrong with a refused report is not kept, so it is looked at only whether the refusal was new. */
export const signalReplay = () =>
  new StreamReplay({
    ...signalRecall,
    also: ({ type, data }, { refused }, { id }) =>
      type === 'SignalRefused'
        ? [
            compared(
              'signal',
              'a refused report is new, and says what was wrong',
              { name: data.name, new: true },
              {
                name: id,
                new:
                  data.violations.length > 0 &&
                  JSON.stringify([refused?.source, refused?.violations]) !==
                    JSON.stringify([data.source, data.violations]),
              },
            ),
          ]
        : [],
  });
