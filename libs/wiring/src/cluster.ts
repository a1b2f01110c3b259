export { serveAudit } from './cluster/audit.ts';
export { serveGateway } from './cluster/gateway.ts';
export { serveStation } from './cluster/station.ts';
export { runProgram } from './run-program.ts';
