// The Vercel AI SDK: one line governs a tool.
import { govern } from '@interlock/client';
import { generateText, isStepCount, tool } from 'ai';
import { z } from 'zod';
import { modelOfAiSdk } from './models.ts';
import { agent, approve, serve } from './setup.ts';

const archive = govern(
  tool({
    description: 'Moves a message into the archive',
    inputSchema: z.object({ message: z.string() }),
    execute: ({ message }) => `${message} is in the archive`,
  }),
  { ...agent, actionType: 'mail.archive.ai-sdk', entity: 'message' },
);
const stop = await serve(archive);

const ask = async (prompt: string): Promise<void> => {
  const { text } = await generateText({
    model: modelOfAiSdk,
    tools: { archive },
    stopWhen: isStepCount(5),
    prompt,
  });
  console.log(text);
};
await ask('Archive the message newsletter');
await approve(archive);
// The same call joins the open one.
await ask('Archive the message newsletter');
await ask('Archive the message contract');
await stop();
