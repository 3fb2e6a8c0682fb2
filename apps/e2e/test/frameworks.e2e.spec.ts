import { execFile } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import process from 'node:process';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { repository, Stack } from './stack.js';

const fileOf = (name: string): string => join(repository, 'examples/frameworks', `${name}.ts`);

/** The lines that an example prints; its errors if it fails. */
const linesOf = (stack: Stack, name: string): Promise<readonly string[]> => {
  const { NODE_OPTIONS: _options, ...inherited } = process.env;
  return new Promise((resolve) => {
    execFile(
      process.execPath,
      ['--no-warnings', fileOf(name)],
      { env: { ...inherited, INTERLOCK_HOME: stack.home, MASTRA_TELEMETRY_DISABLED: '1' } },
      (error, stdout, stderr) => {
        resolve((error === null ? stdout : `${stdout}${stderr}`).trim().split('\n'));
      },
    );
  });
};

describe('a governed tool of a framework', () => {
  const stack = new Stack();
  beforeAll(() => stack.start());
  afterAll(() => stack.remove());

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
