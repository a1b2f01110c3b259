import { imageOf } from './images.ts';
import { runLabels } from './test-run.ts';

/** Prometheus' own tool over some files. */
export interface Promtool {
  run(...args: string[]): Promise<{ readonly exitCode: number; readonly output: string }>;
  /** Removes the container. */
  stop(): Promise<void>;
}

/** Debian's package, without what it would start. */
const INSTALL =
  'apt-get update -qq && cd /tmp && apt-get download -qq prometheus && dpkg -x prometheus*.deb /prometheus';
const STARTUP_MS = 120_000;

/**
 * Fetches `promtool` from Debian into a container that has the files of a folder.
 *
 * @throws Error if the package can't be had
 */
export async function startPromtool(folder: string): Promise<Promtool> {
  const { GenericContainer } = await import('testcontainers');
  const started = await new GenericContainer(imageOf('NODE_IMAGE'))
    .withLabels(runLabels())
    .withCopyDirectoriesToContainer([{ source: folder, target: '/rules' }])
    .withCommand(['sleep', 'infinity'])
    .withStartupTimeout(STARTUP_MS)
    .start();
  const { exitCode, output } = await started.exec(['bash', '-c', INSTALL]);
  if (exitCode !== 0) {
    await started.stop();
    throw new Error(`promtool could not be installed: ${output}`);
  }
  return {
    run: (...args) => started.exec(['/prometheus/usr/bin/promtool', ...args], { workingDir: '/rules' }),
    async stop() {
      await started.stop({ timeout: 0 });
    },
  };
}
