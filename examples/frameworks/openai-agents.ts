// The OpenAI Agents SDK: one line governs a tool's definition.
import { govern } from '@interlock/client';
import { Agent, run, setTracingDisabled, tool } from '@openai/agents';
import { z } from 'zod';
import { modelOfOpenAi } from './models.ts';
import { agent, approve, serve } from './setup.ts';

setTracingDisabled(true);
const archive = govern(({ message }: { message: string }) => `${message} is in the archive`, {
  ...agent,
  actionType: 'mail.archive.openai',
  entity: 'message',
});
const stop = await serve(archive);

const clerk = new Agent({
  name: 'clerk',
  instructions: 'You sort mail. Say what waits for a person.',
  model: modelOfOpenAi,
  tools: [
    tool({
      name: 'archive',
      description: 'Moves a message into the archive',
      parameters: z.object({ message: z.string() }),
      execute: archive,
    }),
  ],
});
const ask = async (request: string): Promise<void> => {
  console.log((await run(clerk, request)).finalOutput);
};
await ask('Archive the message newsletter');
await approve(archive);
// The same call joins the open one.
await ask('Archive the message newsletter');
await ask('Archive the message contract');
await stop();
