import { resolve } from 'node:path';
import type { ClusterConfig } from '@sallyport/contracts';
import { commandText } from '@sallyport/service/command';
import { loadConfig, type LoadedConfig } from './load-config.ts';
import { aboutFile } from './config-problems.ts';
import { NotServed } from './not-served.ts';
import { openSecrets, type ServiceSecrets } from './service-secrets.ts';

/** A configuration of a distributed deployment, and what this service knows. */
export interface LoadedCluster {
  readonly loaded: LoadedConfig;
  readonly cluster: ClusterConfig;
  readonly secrets: ServiceSecrets;
}

/**
 * Loads the configuration of a service.
 *
 * @throws NotServed when it can't be used, or is that of an instance in one process
 */
export async function loadCluster(config: string | undefined): Promise<LoadedCluster> {
  const answer = await loadConfig(config);
  if (!answer.ok) throw new NotServed(answer.problems);
  return clusterOf(answer.loaded);
}

/** @throws NotServed when the configuration is that of an instance in one process */
export function clusterOf(loaded: LoadedConfig): LoadedCluster {
  const { cluster } = loaded.config;
  if (cluster !== undefined)
    return { loaded, cluster, secrets: openSecrets(resolve(loaded.directory, cluster.secrets)) };
  const message = 'cluster: is missing, and a service needs it to find the others';
  const { file } = loaded;
  const alone = commandText('serve', { config: file });
  const hint = `Say where Kafka, Redis and PostgreSQL are, or run \`${alone}\` for everything in one process.`;
  throw new NotServed([aboutFile(file, message, hint)]);
}
