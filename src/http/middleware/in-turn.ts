/**
 * Middleware: handles pipelined requests one after the other. A response that waits for an earlier one has no socket, so
 * the gateway would not notice that its client has left. A socket with many waiting requests is paused: Node would read
 * on until a response is written, and keep everything in memory.
 */
import type { Socket } from 'node:net';
import type { NextFunction, Request, Response } from 'express';

/** Waiting requests of one socket above which it is paused. The current read may add some more. */
const MAX_WAITING = 16;

export function handleInTurn() {
  const pipelines = new WeakMap<Socket, Pipeline>();
  return ({ socket }: Request, res: Response, next: NextFunction): void => {
    if (res.socket !== null) {
      next();
      return;
    }
    let pipeline = pipelines.get(socket);
    if (pipeline === undefined) {
      pipeline = new Pipeline(socket);
      pipelines.set(socket, pipeline);
    }
    pipeline.wait(res, next);
  };
}

class Pipeline {
  #waiting = 0;

  constructor(private readonly socket: Socket) {
    // Node resumes a socket when a request's body is read, even an empty one.
    socket.on('resume', () => this.#pauseIfLong());
  }

  wait(res: Response, next: NextFunction): void {
    this.#waiting += 1;
    this.#pauseIfLong();
    res.once('socket', () => queueMicrotask(() => this.#begin(next)));
  }

  #begin(next: NextFunction): void {
    this.#waiting -= 1;
    if (this.#waiting === MAX_WAITING) this.socket.resume();
    next();
  }

  #pauseIfLong(): void {
    if (this.#waiting > MAX_WAITING) this.socket.pause();
  }
}
