import { isUtf8 } from 'node:buffer';
import { spawn, type ChildProcessWithoutNullStreams } from 'node:child_process';
import { OutboundError } from '@interlock/outbound';
import type { Transport } from '@modelcontextprotocol/sdk/shared/transport.js';
import { JSONRPCMessageSchema, type JSONRPCMessage } from '@modelcontextprotocol/sdk/types.js';
import { isAnswer, type Outgoing } from './outgoing.js';

/**
 * A program that runs as an MCP server. It runs as the given user, in its own directory. Its
 * environment contains only that directory (`HOME`).
 */
export type StdioProgram = {
  readonly command: string;
  readonly args: readonly string[];
  readonly cwd: string;
  /** The user to run as. Null runs the program as the gateway's own user. */
  readonly user: { readonly uid: number; readonly gid: number } | null;
  /** The most bytes that are read of one message. */
  readonly max_bytes: number;
};

/**
 * The limits of a program: no core dumps, 256 open files, an hour of CPU time, and 1 GiB per file
 * (in blocks of 512 bytes).
 */
const limits = 'ulimit -c 0 -n 256; ulimit -t 3600; ulimit -f 2097152; exec "$0" "$@"';
const newLine = 10;
/**
 * The most messages that a program may write for each of our requests. Progress notes can be many,
 * but more than this is noise.
 */
const mostMessages = 10_000;

/**
 * MCP over a program's standard streams. A message that is too large or invalid ends the program.
 */
export class StdioTransport implements Transport {
  onclose?: () => void;
  onerror?: (error: Error) => void;
  onmessage?: (message: JSONRPCMessage) => void;
  /** Why the session ended, if that is known. */
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
        // The program gets its own process group, so that its child processes end with it.
        detached: true,
        ...(user === null ? {} : user),
      });
      this.#child = child;
      child.once('spawn', () => {
        this.#ended = new Promise((ended) => {
          child.once('exit', () => ended());
        });
        resolve();
      });
      child.once('error', (error) => {
        reject(new OutboundError('not-connected', false, 'the program could not be started'));
        this.onerror?.(error);
      });
      child.once('close', (code) => {
        // Only a program that ended by itself has a code.
        if (code !== null)
          this.fault ??= new OutboundError('reset', true, `the program ended with code ${code}`);
        this.#end();
        this.onclose?.();
      });
      child.stdin.on('error', () => undefined);
      child.stdout.on('data', (chunk: Buffer) => this.#read(chunk));
      // Standard error is dropped, because it may be of any content and length.
      child.stderr.resume();
    });
  }

  send(message: JSONRPCMessage): Promise<void> {
    const stdin = this.#child?.stdin;
    if (stdin === undefined || !stdin.writable)
      return Promise.reject(new OutboundError('not-connected', false, 'the program has ended'));
    // INVARIANT: answers do not pile up for a program that keeps asking and reads nothing.
    if (isAnswer(message)) {
      if (stdin.writableLength > this.#program.max_bytes) return Promise.resolve();
    } else this.#messages = 0;
    const call = this.#outgoing.of(message);
    try {
      // INVARIANT: nothing runs between the check and the write.
      call?.beforeSend?.();
    } catch (error) {
      return Promise.reject(error instanceof Error ? error : new Error(String(error)));
    }
    if (call !== undefined) call.written = true;
    return new Promise((resolve) => {
      stdin.write(`${JSON.stringify(message)}\n`, () => resolve());
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
      // The process group has already ended.
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
      const bytes = Buffer.concat(this.#chunks);
      const line = bytes.toString('utf8');
      this.#chunks = [];
      this.#size = 0;
      rest = rest.subarray(at + 1);
      if (line.length > this.#program.max_bytes) {
        this.#fail(this.#tooLarge());
        return;
      }
      if (isUtf8(bytes)) this.#message(line);
      else this.#fail(new OutboundError('unreadable', true, 'the program wrote text that is not UTF-8'));
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
      this.#fail(
        new OutboundError('reset', true, 'the program wrote something that is not a message of the protocol'),
      );
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
