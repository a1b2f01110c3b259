import { connectionsContract } from '@sallyport/testing';
import { createMemoryConnections } from './memory-connections.ts';

connectionsContract('memory', async () => createMemoryConnections());
