import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import process from 'node:process';
import { describe, expect, it } from '@jest/globals';
import { runProgram } from '@interlock/testing';
import { repository, type Stack } from '../stack.js';

const fileOf = (name: string): string => join(repository, 'examples/frameworks', `${name}.ts`);

/** The lines that an example prints; its errors if it fails. */
const linesOf = async (stack: Stack, name: string): Promise<readonly string[]> => {
  const env = {
    ...process.env,
    NODE_OPTIONS: undefined,
    INTERLOCK_HOME: stack.home,
    MASTRA_TELEMETRY_DISABLED: '1',
  };
  const { code, stdout, stderr } = await runProgram(process.execPath, ['--no-warnings', fileOf(name)], {
    env,
  });
  return (code === 0 ? stdout : `${stdout}${stderr}`).trim().split('\n');
};

export const frameworkCases = (stack: Stack): void => {
  describe('a governed tool of a framework', () => {
    it.each(['ai-sdk', 'openai-agents', 'langchain', 'mastra', 'mcp-client'])(
      'of %s waits for a person, runs once approved, and is refused with the reason',
      async (name) => {
        expect(await linesOf(stack, name)).toEqual([
          expect.stringMatching(
            /^Pending: mail\.archive\.\S+ has not returned yet, because it waits for a person's approval\. .*continue with the continuation [0-9a-f-]{36}\.$/,
          ),
          expect.stringMatching(/^(?:newsletter is in the archive|\[.*"newsletter is in the archive".*\])$/),
          expect.stringMatching(
            /^Refused: mail\.archive\.\S+ was not done \(DENIED\)\. Reason: .*The contract stays in the inbox.*$/,
          ),
        ]);
        expect(readFileSync(fileOf(name), 'utf8').trimEnd().split('\n').length).toBeLessThanOrEqual(40);
      },
    );
  });
};
