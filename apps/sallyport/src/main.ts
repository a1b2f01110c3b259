import 'reflect-metadata';
import { runProgram, serve } from '@sallyport/wiring';

await runProgram(serve, '/mcp');
