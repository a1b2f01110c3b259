/** The conformance fixture, in this process; `port` 0, the default, takes any free one. */
export function startFixtureServer(options?: { port?: number }): Promise<{ url: string; close(): Promise<void> }>;
