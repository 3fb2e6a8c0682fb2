// Mastra: one line governs a tool.
import { govern } from '@interlock/client';
import { Agent } from '@mastra/core/agent';
import { createTool } from '@mastra/core/tools';
import { z } from 'zod';
import { modelOfMastra } from './models.ts';
import { agent, approve, serve } from './setup.ts';

const archive = govern(
  createTool({
    id: 'archive',
    description: 'Moves a message into the archive',
    inputSchema: z.object({ message: z.string() }),
    execute: ({ message }) => Promise.resolve(`${message} is in the archive`),
  }),
  { ...agent, actionType: 'mail.archive.mastra', entity: 'message' },
);
const stop = await serve(archive);

const clerk = new Agent({
  id: 'clerk',
  name: 'clerk',
  instructions: 'You sort mail. Say what waits for a person.',
  model: modelOfMastra,
  tools: { archive },
});
const ask = async (request: string): Promise<void> => {
  console.log((await clerk.generate(request)).text);
};
await ask('Archive the message newsletter');
await approve(archive);
// The same call joins the open one.
await ask('Archive the message newsletter');
await ask('Archive the message contract');
await stop();
