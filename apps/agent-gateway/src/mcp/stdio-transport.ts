import { spawn, type ChildProcessWithoutNullStreams } from 'node:child_process';
import { OutboundError } from '@interlock/outbound';
import type { Transport } from '@modelcontextprotocol/sdk/shared/transport.js';
import { JSONRPCMessageSchema, type JSONRPCMessage } from '@modelcontextprotocol/sdk/types.js';
import { isAnswer, type Outgoing } from './outgoing.js';

/**
 * A program that is run as an MCP server: in a directory of its own, which is all that its
 * environment names (`HOME`), as the user that is named.
 */
export type StdioProgram = {
  readonly command: string;
  readonly args: readonly string[];
  readonly cwd: string;
  /** Null runs it as the gateway's own user. */
  readonly user: { readonly uid: number; readonly gid: number } | null;
  /** Bytes of one message that are read at most. */
  readonly max_bytes: number;
};

/**
 * What a program may use: files that are open, seconds of computing, bytes of a file in blocks of
 * 512, no core dumps.
 */
const limits = 'ulimit -c 0 -n 256; ulimit -t 3600; ulimit -f 2097152; exec "$0" "$@"';
const newLine = 10;
/**
 * Messages that a program may write for each request of ours: notes of progress are many, and all
 * beyond is noise.
 */
const mostMessages = 10_000;

/**
 * MCP over a program's standard streams. A message that is too large, or that is none, ends the
 * program.
 */
export class StdioTransport implements Transport {
  onclose?: () => void;
  onerror?: (error: Error) => void;
  onmessage?: (message: JSONRPCMessage) => void;
  /** Why the session ended, where the program did not end by itself. */
  fault: OutboundError | undefined;
  readonly #program: StdioProgram;
  readonly #outgoing: Outgoing;
  #child: ChildProcessWithoutNullStreams | undefined;
  #ended: Promise<void> = Promise.resolve();
  #chunks: Buffer[] = [];
  #size = 0;
  #messages = 0;

  constructor(program: StdioProgram, outgoing: Outgoing) {
    this.#program = program;
    this.#outgoing = outgoing;
  }

  start(): Promise<void> {
    const { command, args, cwd, user } = this.#program;
    return new Promise((resolve, reject) => {
      const child = spawn('/bin/sh', ['-c', limits, command, ...args], {
        env: { HOME: cwd },
        cwd,
        stdio: ['pipe', 'pipe', 'pipe'],
        // A group of its own, so that what it starts ends with it.
        detached: true,
        ...(user === null ? {} : user),
      });
      this.#child = child;
      child.once('spawn', () => {
        this.#ended = new Promise((ended) => {
          child.once('exit', () => {
            ended();
          });
        });
        resolve();
      });
      child.once('error', (error) => {
        reject(new OutboundError('not-connected', false, 'the program could not be started'));
        this.onerror?.(error);
      });
      child.once('close', () => {
        this.#end();
        this.onclose?.();
      });
      child.stdin.on('error', () => undefined);
      child.stdout.on('data', (chunk: Buffer) => {
        this.#read(chunk);
      });
      // What it says beside the protocol is dropped: it may say anything, to any length.
      child.stderr.resume();
    });
  }

  send(message: JSONRPCMessage): Promise<void> {
    const stdin = this.#child?.stdin;
    if (stdin === undefined || !stdin.writable)
      return Promise.reject(new OutboundError('not-connected', false, 'the program has ended'));
    // INVARIANT: a program that asks and asks and reads nothing has no answers heaped up for it.
    if (isAnswer(message)) {
      if (stdin.writableLength > this.#program.max_bytes) return Promise.resolve();
    } else this.#messages = 0;
    const call = this.#outgoing.of(message);
    try {
      // INVARIANT: nothing lies between the check and the write.
      call?.beforeSend?.();
    } catch (error) {
      return Promise.reject(error instanceof Error ? error : new Error(String(error)));
    }
    if (call !== undefined) call.written = true;
    return new Promise((resolve) => {
      stdin.write(`${JSON.stringify(message)}\n`, () => {
        resolve();
      });
    });
  }

  /** Resolves when the program has ended. */
  close(): Promise<void> {
    this.#end();
    return this.#ended;
  }

  #end(): void {
    const pid = this.#child?.pid;
    if (pid === undefined) return;
    try {
      process.kill(-pid, 'SIGKILL');
    } catch {
      // Nobody of the group is left.
    }
  }

  #fail(fault: OutboundError): void {
    this.fault ??= fault;
    this.#chunks = [];
    this.#size = 0;
    this.#child?.stdout.removeAllListeners('data').resume();
    this.#end();
  }

  #read(chunk: Buffer): void {
    let rest = chunk;
    for (let at = rest.indexOf(newLine); at >= 0; at = rest.indexOf(newLine)) {
      this.#chunks.push(rest.subarray(0, at));
      const line = Buffer.concat(this.#chunks).toString('utf8');
      this.#chunks = [];
      this.#size = 0;
      rest = rest.subarray(at + 1);
      if (line.length > this.#program.max_bytes) {
        this.#fail(this.#tooLarge());
        return;
      }
      this.#message(line);
      if (this.fault !== undefined) return;
    }
    this.#chunks.push(rest);
    this.#size += rest.length;
    if (this.#size > this.#program.max_bytes) this.#fail(this.#tooLarge());
  }

  #tooLarge(): OutboundError {
    return new OutboundError('too-large', true, `the answer has more than ${this.#program.max_bytes} bytes`);
  }

  #message(line: string): void {
    if (line.trim() === '') return;
    let message: JSONRPCMessage;
    try {
      message = JSONRPCMessageSchema.parse(JSON.parse(line));
    } catch {
      this.#fail(new OutboundError('reset', true, 'the program wrote what is no message of the protocol'));
      return;
    }
    this.#messages += 1;
    if (this.#messages > mostMessages) {
      this.#fail(
        new OutboundError('too-large', true, `the program wrote more than ${mostMessages} messages`),
      );
      return;
    }
    this.onmessage?.(message);
  }
}
