export { type OwnServers, type Servers, sharedServers, startServers } from './servers.ts';
export { makeSite, type Site, type SiteParts } from './site.ts';
export { type Program, root, type Service } from './program.ts';
export { type Cluster, runCluster, type Shape } from './run-cluster.ts';
export { readRecord } from './read-record.ts';
export { type Endpoint, incidents, metricOf, openSetup, programOf, recorded, type Setup } from './setup.ts';
