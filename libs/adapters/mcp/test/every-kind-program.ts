import { StdioServerTransport } from '@modelcontextprotocol/sdk/server/stdio.js';
import { everyKind } from './every-kind.ts';

await everyKind().connect(new StdioServerTransport() as never);
