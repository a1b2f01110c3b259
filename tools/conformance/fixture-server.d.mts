/** The conformance fixture, in this process; `port` 0, the default, takes any free one, and `eras` are by default both. */
export function startFixtureServer(options?: {
  port?: number;
  eras?: readonly ('legacy' | 'modern')[];
  /** By name; instead of those that the conformance suite asks for. */
  tools?: Readonly<Record<string, object>>;
}): Promise<{ url: string; close(): Promise<void> }>;
