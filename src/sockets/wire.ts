/** What a protocol sees of a connection. */

/** What happens on a {@link Wire}. */
export interface WireHandlers {
  /** Bytes came. If `transient`, they are overwritten after the call: copy what shall stay. */
  onBytes(chunk: Uint8Array, transient: boolean): void
  /** Where the next bytes shall be read to, instead of the wire's own buffer. A wire need not ask. */
  room?(): Uint8Array | undefined
  /** So many bytes were read to where `room` said. */
  onFilled?(count: number): void
  /** The last `write` that was not taken at once is done, and its memory is free. */
  onWritten(): void
  /** Nothing comes any more: the other end closed, or `error` broke the stream. Called once. */
  onEnd(error: Error | undefined): void
}

/** A byte stream, reduced to what a protocol needs: a socket, or its stand-in in a test. */
export interface Wire {
  /** `host:port` of the other end. */
  readonly address: string
  /** Resolves when it is closed at both ends, or was given up: nothing leaves any more. */
  readonly gone: Promise<void>
  /** Who is told; several may take turns, a handshake and then a channel. What happened while nobody was, is told to the next. */
  handlers: WireHandlers | undefined
  /**
   * Writes the parts in one go. True: everything was taken, the memory may be used again. False: `onWritten` will be
   * called; until then do not write again and leave the memory alone.
   */
  write(parts: readonly Uint8Array[]): boolean
  pause(): void
  resume(): void
  /**
   * Closes after what was written has left.
   * @param reading what still comes is read and forgotten until the other end closes as well, for a second at most: a
   *   socket that is closed with unread input may take back what the other end has not read yet
   */
  end(reading?: boolean): void
  /** Closes at once. No handler is called afterwards. */
  destroy(): void
}
