import type { Socket } from 'node:net';

/**
 * Joins the writes to a socket in one turn of the event loop into one system call, because SSH
 * writes each packet in three pieces. The held bytes leave at the end of the turn, or at once when
 * the returned function is called.
 */
export const joinWrites = (socket: Socket): (() => void) => {
  let held = false;
  const flush = (): void => {
    if (!held) return;
    held = false;
    socket.uncork();
  };
  const write = socket.write.bind(socket) as (...pieces: readonly unknown[]) => boolean;
  const hold = (...pieces: readonly unknown[]): boolean => {
    if (!held) {
      held = true;
      socket.cork();
      process.nextTick(flush);
    }
    return write(...pieces);
  };
  Object.assign(socket, { write: hold });
  return flush;
};
