import { agentsWorld } from './agents-world.js';
import { askedStatus } from './asked-status.js';
import { governed } from './governed.js';
import { hostile } from './hostile.js';
import { hostileMcp } from './hostile-mcp.js';
import { limits } from './limits.js';
import { mcpTools } from './mcp-tools.js';
import { rolledBack } from './rolled-back.js';

// One world for all of them: starting it takes longer than most of what is tested in it.
const world = agentsWorld();

governed(world);
limits(world);
rolledBack(world);
askedStatus(world);
mcpTools(world);
hostileMcp(world);
hostile(world);
