import { readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';

/** Servers that tests start in a container. */
export type ImageName = 'KAFKA_IMAGE' | 'REDIS_IMAGE' | 'POSTGRES_IMAGE' | 'NODE_IMAGE';

/**
 * The image to start, from `images.env` at the root of the workspace; an environment variable of the same name takes
 * its place.
 *
 * @throws Error if neither names it.
 */
export function imageOf(name: ImageName): string {
  const image = process.env[name] ?? readImages().get(name);
  if (!image) throw new Error(`${name} is named neither in images.env nor in the environment`);
  return image;
}

function readImages(): Map<string, string> {
  const lines = readFileSync(findUp('images.env'), 'utf8').split('\n');
  const pairs = lines.map((line) => /^([A-Z_]+)=(\S+)$/.exec(line.trim()));
  return new Map(pairs.filter((pair) => pair !== null).map(([, name = '', image = '']) => [name, image]));
}

/** The file in this module's folder or the nearest one above: source and build lie at different depths. */
function findUp(file: string): string {
  for (let folder = import.meta.dirname; ; folder = dirname(folder)) {
    try {
      readFileSync(join(folder, file));
      return join(folder, file);
    } catch (error) {
      if (folder === dirname(folder)) throw error;
    }
  }
}
