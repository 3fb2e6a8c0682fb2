import { Writable, type TransformCallback } from 'node:stream';
import { convertToCommandError } from '@eventstore/db-client';
import type { BatchAppendReq, BatchAppendResp } from '@eventstore/db-client/generated/streams_pb.js';

type Emit = (name: string | symbol, ...values: unknown[]) => boolean;
/** A call of gRPC, as the client holds it. */
export type Call = { emit: Emit; write?: (message: unknown) => boolean; destroy: (error: Error) => unknown };

/**
 * The client reads an error's trailers at a place where nobody catches what it throws, and throws
 * if the trailers are missing. Such an error is passed on without its trailers.
 */
const legible = (error: unknown): unknown => {
  try {
    convertToCommandError(error as Error);
    return error;
  } catch (cause) {
    return new Error('the log ended the call with an error that cannot be read', { cause });
  }
};

export const guardErrors = (call: Call): Call => {
  const emit = call.emit.bind(call) as Emit;
  call.emit = (name, ...values) => emit(name, ...(name === 'error' ? values.map(legible) : values));
  return call;
};

type Callback = (error: unknown, ...answer: unknown[]) => unknown;

/** Accepts the writes to a call that could not be made. */
const nowhere = (): Writable =>
  new Writable({
    objectMode: true,
    write: (_chunk, _encoding, done) => done(),
  });

/**
 * The same for calls with a single answer (a log without batches). An error that their callback
 * throws ends the process. So does a call that cannot be made because its connection was given up;
 * this is reported as the call's error.
 */
export const guardAnswers = (grpc: object): object =>
  new Proxy(grpc, {
    get: (target, name) => {
      const member: unknown = Reflect.get(target, name);
      if (typeof member !== 'function') return member;
      return (...given: unknown[]) => {
        const guarded = given.map((value) => {
          if (typeof value !== 'function') return value;
          return (error: unknown, ...answer: unknown[]) =>
            (value as Callback)(error === null || error === undefined ? error : legible(error), ...answer);
        });
        try {
          return Reflect.apply(member, target, guarded) as unknown;
        } catch (error) {
          const callback = guarded.find((value) => typeof value === 'function') as Callback | undefined;
          if (callback === undefined) throw error;
          queueMicrotask(() => callback(error));
          return nowhere();
        }
      };
    },
  });

const nameOf = (message: BatchAppendReq.Options | BatchAppendResp | undefined): string | undefined => {
  const name = message?.getStreamIdentifier()?.getStreamName_asU8();
  return name === undefined ? undefined : Buffer.from(name).toString();
};

/** A log may answer with the id as two numbers, although it was asked with a text. */
const idOf = (message: BatchAppendReq | BatchAppendResp): string => {
  const id = message.getCorrelationId();
  const numbers = id?.getStructured();
  if (numbers === undefined) return id?.getString() ?? '';
  const hex = [numbers.getMostSignificantBits(), numbers.getLeastSignificantBits()]
    .map((half) => BigInt.asUintN(64, BigInt(half)).toString(16).padStart(16, '0'))
    .join('');
  return hex.replace(/^(.{8})(.{4})(.{4})(.{4})/, '$1-$2-$3-$4-');
};

/**
 * The client's batch call can end the process, or report something false to a caller. An answer for
 * a promise that no longer exists throws inside a `data` listener: an error on any client clears
 * the one table. So does an answer that cannot be read. A write that waits for `drain` when the
 * call breaks rejects in an async executor that nobody awaits. So this guard drops an answer that
 * nobody can take; its caller is rejected, or ends at its deadline and asks again. Writes never
 * report back-pressure, because each caller waits for its own append and so limits the number in
 * flight. An answer that names another stream than its request is dropped too. When the log ends a
 * call with OK, its waiters would wait for ever, so the call ends with an error instead.
 */
export const guardAppendCall = (call: Call): Call => {
  const asked = new Map<string, string | undefined>();
  const isAnothers = (answer: BatchAppendResp): boolean => {
    const id = idOf(answer);
    const [of, about] = [asked.get(id), nameOf(answer)];
    if (of !== undefined && about !== undefined && about !== of) return true;
    asked.delete(id);
    return false;
  };
  const emit = call.emit.bind(call) as Emit;
  call.emit = (name, ...values) => {
    try {
      return (name === 'data' && isAnothers(values[0] as BatchAppendResp)) || emit(name, ...values);
    } catch (error) {
      if (name === 'data') return true;
      throw error;
    } finally {
      if (name === 'status' && (values[0] as { readonly code: number }).code === 0)
        call.destroy(new Error('the log ended the call'));
    }
  };
  const write = call.write!.bind(call);
  call.write = (message) => {
    const request = message as BatchAppendReq;
    if (request.hasOptions()) asked.set(idOf(request), nameOf(request.getOptions()));
    write(message);
    return true;
  };
  return call;
};

type Transforming = {
  _transform: (message: unknown, encoding: BufferEncoding, next: TransformCallback) => void;
};

/**
 * A message that the client cannot convert throws out of its read, in a turn of the event loop
 * where nobody catches it. This guard ends the read with that error instead.
 */
export const guardRead = <R extends object>(read: R): R => {
  const inner = read as unknown as Transforming;
  const transform = inner._transform.bind(read);
  inner._transform = (message, encoding, next) => {
    try {
      transform(message, encoding, next);
    } catch (cause) {
      next(new Error(`the log sent what cannot be read: ${String(cause)}`, { cause }));
    }
  };
  return read;
};
