import type { Socket } from 'node:net';

/**
 * Keeps a new connection of an agent from ending the process: when a request is aborted just as its answer ends, Node 20 takes its own listeners off the
 * connection before it tells of the error by which it destroyed it. Whoever asked is told by the request itself.
 */
export function ignoreLateErrors(socket: Socket): void {
  socket.on('error', () => undefined);
}
