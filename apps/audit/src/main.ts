import 'reflect-metadata';
import { runProgram, serveAudit } from '@sallyport/wiring/cluster';

await runProgram(serveAudit);
