import { describe, expect, it } from '@jest/globals';
import { pendingAnswer } from '../src/mcp/agents/tool-answers.js';

describe('the answer for a call that waits for a person', () => {
  it('gives a reason once, however many gates hold for it', () => {
    const mode = { code: 'APPROVAL_REQUIRED', detail: 'the mode asks for a person' };
    const holds = [
      { gate: 'autonomy_mode', reasons: [mode] },
      { gate: 'confidence', reasons: [{ code: 'LOW_CONFIDENCE', detail: 'confidence is 0.5' }] },
      { gate: 'auto_approval', reasons: [{ ...mode, code: 'AUTONOMY_MODE' }] },
    ];
    const state = { status: 'AWAITING_APPROVAL', execution: null, window: null, approval: { holds } };
    const { content, structuredContent } = pendingAnswer('a-1', state as never, 'c-1');
    expect(content).toMatchObject([
      { text: expect.stringContaining(' Why: the mode asks for a person; confidence is 0.5. ') as unknown },
    ]);
    expect(structuredContent).toMatchObject({ reasons: [mode, { code: 'LOW_CONFIDENCE' }] });
  });
});
