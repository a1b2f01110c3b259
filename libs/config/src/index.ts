export { type ConnectionKey, connectionKeys } from './connection-keys.ts';
export { aboutFile, type FileProblem, problemText } from './config-problems.ts';
export { declaredFolders } from './declared-folders.ts';
export { ownFileFindings, ownFiles } from './own-files.ts';
export { type ConfigAnswer, environment, loadConfig, type LoadedConfig } from './load-config.ts';
export { clusterOf, loadCluster, type LoadedCluster } from './load-cluster.ts';
export { NotServed } from './not-served.ts';
export { loadPolicyCases } from './policy-cases.ts';
export { readPolicyFiles } from './policy-files.ts';
export {
  ownKeyValues,
  headerSecrets,
  hiddenValues,
  introspectionSecrets,
  signInSecret,
  missingSecrets,
  placeholders,
  type WebhookConfig,
  webhookOf,
  withSecrets,
} from './secrets.ts';
export { SecretMissing } from './secret-source.ts';
export type { ServiceSecrets } from './service-secrets.ts';
export { sharingProblems } from './sharing.ts';
export { loadUsers } from './users.ts';
export { watchFiles } from './watch-files.ts';
