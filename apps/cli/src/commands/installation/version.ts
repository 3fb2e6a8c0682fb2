import type { Command } from 'commander';
import { answering } from '../../asks.js';
import { recordShape, tell, type Output } from '../../output/output.js';
import { version } from '../../version.js';

/** `interlock version`: the version of this program. */
export const addVersion = (program: Command): void => {
  answering(program, 'version')
    .description('the version of this program')
    .action((options: Output) =>
      tell(
        { version },
        { ...recordShape<{ readonly version: string }>((one) => one.version), text: () => version },
        options,
      ),
    );
};
