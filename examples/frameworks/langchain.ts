// LangChain.js: one line governs a tool.
import { govern } from '@interlock/client';
import { HumanMessage, type BaseMessage } from '@langchain/core/messages';
import { tool } from '@langchain/core/tools';
import { z } from 'zod';
import { modelOfLangChain } from './models.ts';
import { agent, approve, serve } from './setup.ts';

const archive = govern(
  tool(({ message }) => `${message} is in the archive`, {
    name: 'archive',
    description: 'Moves a message into the archive',
    schema: z.object({ message: z.string() }),
  }),
  { ...agent, actionType: 'mail.archive.langchain', entity: 'message' },
);
const stop = await serve(archive);

const model = modelOfLangChain.bindTools([archive]);
const ask = async (request: string): Promise<void> => {
  const messages: BaseMessage[] = [new HumanMessage(request)];
  for (;;) {
    const answer = await model.invoke(messages);
    messages.push(answer);
    if (answer.tool_calls?.length === 0) break;
    for (const call of answer.tool_calls ?? []) messages.push(await archive.invoke(call));
  }
  console.log(messages.at(-1)?.content);
};
await ask('Archive the message newsletter');
await approve(archive);
// The same call joins the open one.
await ask('Archive the message newsletter');
await ask('Archive the message contract');
await stop();
