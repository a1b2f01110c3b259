import 'reflect-metadata';
import { runProgram, serveGateway } from '@sallyport/wiring/cluster';

await runProgram(serveGateway, '/mcp');
