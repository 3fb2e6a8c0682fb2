// Scripted models, one for each framework, which need no key. Asked to archive a message, each one
// calls the tool `archive` and then repeats what the tool has returned.
import { AIMessage, HumanMessage, ToolMessage, type BaseMessage } from '@langchain/core/messages';
import { fakeModel } from '@langchain/core/testing';
import type { MastraModelConfig } from '@mastra/core/llm';
import { assistantMessage, functionCall, modelResponder, ScriptedModel } from '@openai/agents/testing';
import { MockLanguageModelV4 } from 'ai/test';

/** The last word of the user's request is the message that the model archives. */
const messageOf = (request: string): string => request.split(' ').at(-1) ?? '';
/** The words of an outcome, or the tool's own result. */
const wordsOf = (result: unknown): string => {
  const value: unknown = typeof result === 'string' && result.startsWith('{') ? JSON.parse(result) : result;
  return typeof value === 'object' && value !== null && 'message' in value
    ? String(value.message)
    : String(value);
};

const usage = {
  inputTokens: { total: 1, noCache: 1, cacheRead: 0, cacheWrite: 0 },
  outputTokens: { total: 1, text: 1, reasoning: 0 },
};
/** For the Vercel AI SDK, in place of a model such as `openai('gpt-5')`. */
export const modelOfAiSdk = new MockLanguageModelV4({
  doGenerate: ({ prompt }) => {
    const [part] = prompt.at(-1)?.content ?? [];
    if (typeof part === 'object' && part.type === 'tool-result') {
      const text = wordsOf('value' in part.output ? part.output.value : '');
      return Promise.resolve({
        content: [{ type: 'text', text }],
        finishReason: { unified: 'stop', raw: undefined },
        usage,
        warnings: [],
      });
    }
    const input = { message: messageOf(typeof part === 'object' && part.type === 'text' ? part.text : '') };
    return Promise.resolve({
      content: [
        { type: 'tool-call', toolCallId: 'call-1', toolName: 'archive', input: JSON.stringify(input) },
      ],
      finishReason: { unified: 'tool-calls', raw: undefined },
      usage,
      warnings: [],
    });
  },
});

/** Mastra takes the models of the AI SDK, though its types name an older version of them. */
export const modelOfMastra = modelOfAiSdk as unknown as MastraModelConfig;

const openAiStep = modelResponder(({ request: { input } }) => {
  const last = typeof input === 'string' ? input : input.at(-1);
  if (typeof last === 'object' && last.type === 'function_call_result') {
    const { output } = last;
    const text = typeof output === 'object' && 'text' in output ? output.text : output;
    return [assistantMessage(wordsOf(text))];
  }
  const asked =
    typeof last === 'object' && 'content' in last && typeof last.content === 'string' ? last.content : last;
  return [functionCall('archive', { message: messageOf(String(asked)) }, { callId: 'call-1' })];
});
/** For the OpenAI Agents SDK, with enough steps for three requests. */
export const modelOfOpenAi = new ScriptedModel(Array.from({ length: 6 }, () => openAiStep));

const langChainStep = (messages: readonly BaseMessage[]): AIMessage => {
  const last = messages.at(-1);
  if (ToolMessage.isInstance(last)) return new AIMessage(wordsOf(last.content));
  const request = HumanMessage.isInstance(last) ? String(last.content) : '';
  return new AIMessage({
    content: '',
    tool_calls: [{ name: 'archive', args: { message: messageOf(request) }, id: 'call-1', type: 'tool_call' }],
  });
};
/** For LangChain, with enough steps for three requests. */
export const modelOfLangChain = fakeModel();
for (let step = 0; step < 6; step += 1) modelOfLangChain.respond(langChainStep);
