/**
 * Middleware that handles pipelined requests one after the other. Until its turn a request's response has no socket, so
 * that a client that leaves would go unnoticed. A socket with many waiting requests is not read any further: Node would go
 * on reading for as long as no response is written, and hold all of it in memory.
 */
import type { Socket } from 'node:net';
import type { NextFunction, Request, Response } from 'express';

/** A read that was under way may bring some more. */
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
    // Node resumes a socket when a request's body is read, be it an empty one.
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
