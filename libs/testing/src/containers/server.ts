/** A server in a container of its own, to be disturbed. Its data stay. */
export interface ServerUnderTest {
  /** Ends the server and leaves it so: connections are refused. */
  halt(): Promise<void>;
  /** Starts a halted server; resolves when it answers. */
  resume(): Promise<void>;
  /** Halts and resumes; it is at the same address afterwards. */
  restart(): Promise<void>;
  /** Freezes the server: connections stay and nothing answers. */
  pause(): Promise<void>;
  unpause(): Promise<void>;
  /** Removes the container. */
  stop(): Promise<void>;
}

/** What a server's own module knows of it. */
interface Ways {
  readonly container: { pause(): Promise<unknown>; unpause(): Promise<unknown> };
  readonly started: { stop(): Promise<unknown> };
  readonly halt: () => Promise<void>;
  readonly resume: () => Promise<void>;
}

export function serverUnderTest({ container, started, halt, resume }: Ways): ServerUnderTest {
  return {
    halt,
    resume,
    async restart() {
      await halt();
      await resume();
    },
    pause: async () => void (await container.pause()),
    unpause: async () => void (await container.unpause()),
    stop: async () => void (await started.stop()),
  };
}
