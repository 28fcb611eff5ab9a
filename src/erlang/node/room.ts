/**
 * The memory of what waits in a node: messages of other nodes for a process that is busy, requests whose answers are
 * promised. One message more than the room has is taken, of whatever size, so that it is weighed only if it has to wait.
 */
export class WaitingRoom {
  readonly max: number
  #used = 0

  /** @param max in bytes */
  constructor(max: number) {
    this.max = max
  }

  /** Bytes that wait. */
  get used(): number {
    return this.#used
  }

  /** Nothing more can wait. */
  get full(): boolean {
    return this.#used >= this.max
  }

  take(bytes: number): void {
    this.#used += bytes
  }

  give(bytes: number): void {
    this.#used -= bytes
  }
}
