import { StdioServerTransport } from '@modelcontextprotocol/sdk/server/stdio.js';
import { everyKind } from './every-kind.ts';

const subscribe = process.argv[2] !== 'quiet';
await everyKind(undefined, subscribe).connect(new StdioServerTransport() as never);
