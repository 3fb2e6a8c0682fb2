import { afterAll, beforeAll } from '@jest/globals';
import { frameworkCases } from './clients/frameworks.js';
import { githubActionCases } from './clients/github-action.js';
import { mcpCases } from './clients/mcp.js';
import { Stack } from './stack.js';

const stack = new Stack();
beforeAll(() => stack.start());
afterAll(() => stack.remove());

for (const cases of [mcpCases, frameworkCases, githubActionCases]) cases(stack);
