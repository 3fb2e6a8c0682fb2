import { readFileSync } from 'node:fs';
import { describe, expect, it } from '@jest/globals';
import { fold, isProblem, recalledDecision } from '@interlock/kernel';
import fc from 'fast-check';
import {
  callableTool,
  whyNotCallable,
  mcpServerDecider,
  mcpServerLoosens,
  toolActionType,
  toolCallDecider,
  toolCallKey,
  toolCallOf,
  toolDifference,
  toolDigest,
  toolFaults,
  toolIntentId,
  type McpServerCommand,
  type McpServerEvent,
  type ToolCallCommand,
  type ToolCallEvent,
} from '../src/index.js';
import {
  answer,
  caller,
  changed,
  claim,
  confirm,
  definition,
  exampleEvents,
  hold,
  open,
  register,
  retire,
  serverEvents,
  toolCallEvents,
} from './mcp-golden.js';

const codeOf = (run: () => unknown): string | undefined => {
  try {
    run();
    return undefined;
  } catch (error) {
    return isProblem(error) ? error.code : String(error);
  }
};
describe('the events of MCP servers and tool calls', () => {
  const examples = JSON.parse(
    readFileSync(new URL('../../../fixtures/mcp/events.json', import.meta.url), 'utf8'),
  ) as { readonly [type: string]: object };

  it('each have a checked-in example and are written like it', () => {
    expect(Object.keys(examples).sort()).toEqual(
      [...mcpServerDecider.types, ...toolCallDecider.types].sort(),
    );
    expect(JSON.parse(JSON.stringify(exampleEvents()))).toEqual(examples);
  });
});

describe('an MCP server', () => {
  const stateAfter = (...commands: readonly McpServerCommand[]) =>
    fold(mcpServerDecider, serverEvents(...commands));

  it('lets a tool be called only after it is confirmed', () => {
    expect(callableTool(stateAfter(register), 'read_page')).toBeNull();
    expect(callableTool(stateAfter(register, confirm), 'read_page')).toMatchObject({
      digest: toolDigest(definition),
    });
    expect(codeOf(() => serverEvents(confirm))).toBe('not-found');
  });

  it('holds a changed tool until it is confirmed again', () => {
    expect(callableTool(stateAfter(register, confirm, hold), 'read_page')).toBeNull();
    expect(whyNotCallable(stateAfter(register, confirm, hold), 'read_page')).toContain(
      'is held until a person',
    );
    expect(whyNotCallable(stateAfter(register), 'read_page')).toBe(
      'there is no tool `read_page` that may be called',
    );
    expect(callableTool(stateAfter(register, confirm, hold, confirm), 'read_page')?.digest).toBe(
      toolDigest(definition),
    );
    const again = { ...confirm, definition: changed };
    expect(callableTool(stateAfter(register, confirm, hold, again), 'read_page')?.digest).toBe(
      toolDigest(changed),
    );
  });

  it('ignores a finding about an earlier confirmation', () => {
    const again = { ...confirm, definition: changed };
    expect(serverEvents(register, confirm, again, hold)).toHaveLength(3);
    expect(serverEvents(register, hold)).toHaveLength(1);
  });

  it('loses its confirmations if its address changes, but not if its title does', () => {
    const elsewhere = { kind: 'http' as const, url: 'https://other.example.com/', secret_ref: null };
    const moved = { ...register, content: { ...register.content, address: elsewhere } };
    const renamed = { ...register, content: { ...register.content, title: 'Other pages' } };
    expect(callableTool(stateAfter(register, confirm, moved), 'read_page')).toBeNull();
    expect(callableTool(stateAfter(register, confirm, renamed), 'read_page')).not.toBeNull();
    expect(callableTool(stateAfter(register, confirm, retire), 'read_page')).toBeNull();
    expect(callableTool(stateAfter(register, confirm, retire, register), 'read_page')).toBeNull();
  });

  it('refuses two tools with one action type', () => {
    const other = { ...confirm, tool: 'Read_Page', definition: { ...definition, name: 'Read_Page' } };
    expect(codeOf(() => serverEvents(register, confirm, other))).toBe('wrong-state');
  });

  it('is registered with its tools in one command, which loosens by the address and each tool', () => {
    const { kind: _kind, ...tool } = confirm;
    const together: McpServerCommand = { ...register, tools: [tool] };
    expect(serverEvents(together)).toEqual(serverEvents(register, confirm));
    expect(serverEvents(register, together).map(({ type }) => type)).toEqual([
      'McpServerRegistered',
      'McpToolConfirmed',
    ]);
    expect(serverEvents(together, together)).toHaveLength(2);
    expect(mcpServerLoosens(stateAfter(), stateAfter(together)).map(({ pointer }) => pointer)).toEqual([
      '/address',
      '/tools/read_page',
    ]);
    const other = { ...tool, tool: 'Read_Page', definition: { ...definition, name: 'Read_Page' } };
    expect(codeOf(() => serverEvents({ ...register, tools: [tool, other] }))).toBe('wrong-state');
  });

  it('writes nothing if nothing changes', () =>
    expect(serverEvents(register, register, confirm, confirm, hold, hold)).toHaveLength(3));
});

describe('identical calls of a tool', () => {
  it('join the open call, and open another after it was answered', () => {
    expect(toolCallEvents(open(1), open(1), open(2)).map(({ type }) => type)).toEqual(['ToolCallOpened']);
    const events = toolCallEvents(open(1), answer(1), open(2));
    expect(events.map(({ data }) => ('n' in data ? data.n : 0))).toEqual([1, 1, 2]);
    expect(codeOf(() => toolCallEvents(open(1), answer(1), open(1)))).toBe('stale-revision');
  });

  it('are claimed once per approval and answered once, only after they are opened', () => {
    expect(toolCallEvents(open(1), claim(1), claim(1), answer(1), answer(1), claim(1))).toHaveLength(3);
    const anew = { ...claim(1), approval_digest: 'as it was approved again' };
    expect(toolCallEvents(open(1), claim(1), anew, anew, claim(1)).map(({ type }) => type)).toEqual([
      'ToolCallOpened',
      'ToolCallClaimed',
      'ToolCallClaimed',
      'ToolCallClaimed',
    ]);
    expect(codeOf(() => toolCallEvents(claim(1)))).toBe('wrong-state');
    expect(codeOf(() => toolCallEvents(open(1), claim(2)))).toBe('wrong-state');
  });

  it('have one key that depends on each part and is parsed from the intent id', () => {
    const keys = Object.keys(caller).map((part) => toolCallKey({ ...caller, [part]: 'other' }));
    expect(new Set([...keys, toolCallKey(caller)]).size).toBe(keys.length + 1);
    expect(toolCallOf(toolIntentId(toolCallKey(caller), 12))).toEqual({ key: toolCallKey(caller), n: 12 });
    for (const other of ['mcp-ab-1', `mcp-${'0'.repeat(64)}-0`, `mcp-${'0'.repeat(64)}-1x`, 'x'])
      expect(toolCallOf(other)).toBeUndefined();
  });
});

describe('a tool', () => {
  it('has an action type in the characters allowed for names', () =>
    expect(toolActionType('pages', 'Read Page!')).toBe('mcp.pages.read_page_'));

  it.each([
    ['a name that is too long', { name: 'x'.repeat(60) }, 'name'],
    ["Interlock's own name", { name: 'interlock_continue' }, 'reserved'],
    ['an endless description', { description: 'x'.repeat(8193) }, 'size'],
    ['a description with a tag character', { description: 'Reads.\u{E0041}' }, 'unseen'],
    ['a description with a direction override', { description: 'Reads\u202E.' }, 'unseen'],
    ['a title with an escape', { title: 'Reads\u001B[2J' }, 'unseen'],
  ])('is refused for %s', (_what, over, code) =>
    expect(toolFaults('pages', { ...definition, ...over }, []).map((fault) => fault.code)).toContain(code),
  );

  it('is accepted with line breaks, at the limit, and beside tools with other names', () => {
    const long = { ...definition, description: `${'x'.repeat(8190)}\n\t` };
    expect(toolFaults('pages', long, ['write_page'])).toEqual([]);
    expect(toolFaults('pages', definition, ['READ_PAGE']).map(({ code }) => code)).toEqual(['collision']);
  });

  it('changes its digest with each member, and the difference names the change', () => {
    for (const member of ['title', 'description', 'input_schema', 'output_schema', 'annotations'] as const) {
      const other = { ...definition, [member]: member.endsWith('schema') ? { a: 1 } : 'other' };
      expect(toolDigest(other)).not.toBe(toolDigest(definition));
      expect(toolDifference(definition, other).map((change) => change.member)).toEqual([member]);
    }
    expect(toolDifference(definition, { ...definition })).toEqual([]);
  });
});

describe('the decisions about MCP', () => {
  it('are replayed from their events', () => {
    const serverCommands = [register, confirm, { ...confirm, definition: changed }, hold, retire];
    fc.assert(
      fc.property(
        fc.array(fc.constantFrom<McpServerCommand>(...serverCommands), { maxLength: 12 }),
        (given) => {
          let events: readonly McpServerEvent[] = [];
          for (const command of given) {
            const state = fold(mcpServerDecider, events);
            let made: readonly McpServerEvent[] = [];
            try {
              made = mcpServerDecider.decide(command, state);
            } catch (error) {
              if (!isProblem(error, 'not-found')) throw error;
            }
            if (made.length > 0) expect(recalledDecision(mcpServerDecider, command, state)).toEqual(made);
            events = [...events, ...made];
          }
        },
      ),
    );
    const callCommands = [1, 2].flatMap((n) => [open(n), claim(n), answer(n)]);
    fc.assert(
      fc.property(fc.array(fc.constantFrom<ToolCallCommand>(...callCommands), { maxLength: 12 }), (given) => {
        let events: readonly ToolCallEvent[] = [];
        for (const command of given) {
          const state = fold(toolCallDecider, events);
          let made: readonly ToolCallEvent[] = [];
          try {
            made = toolCallDecider.decide(command, state);
          } catch (error) {
            if (!isProblem(error, 'wrong-state') && !isProblem(error, 'stale-revision')) throw error;
          }
          if (made.length > 0) expect(recalledDecision(toolCallDecider, command, state)).toEqual(made);
          events = [...events, ...made];
        }
      }),
    );
  });
});
