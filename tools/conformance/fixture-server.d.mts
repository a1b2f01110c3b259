/** The conformance fixture, in this process; `port` 0, the default, takes any free one, and `eras` are by default both. */
export function startFixtureServer(options?: {
  port?: number;
  eras?: readonly ('legacy' | 'modern')[];
}): Promise<{ url: string; close(): Promise<void> }>;
