export { serveAudit } from './cluster/serve-audit.ts';
export { serveGateway } from './cluster/serve-gateway.ts';
export { serveStation } from './cluster/serve-station.ts';
export { runProgram } from './run-program.ts';
