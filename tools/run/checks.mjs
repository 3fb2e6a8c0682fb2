// Lints and then type-checks, beside the tests and below their priority: these checks take the
// processor where a test waits for its servers. Exits with 1 for lint, 2 for types, 3 for both.
import { constants, setPriority } from 'node:os';
import process from 'node:process';

import { lint, typecheck } from './lint.mjs';
import { timed } from './process.mjs';

setPriority(constants.priority.PRIORITY_BELOW_NORMAL);
const isLinted = await timed('lint', () => lint());
const isTyped = await timed('typecheck', () => typecheck());
process.exitCode = (isLinted ? 0 : 1) + (isTyped ? 0 : 2);
