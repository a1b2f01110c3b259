import { journalContract, spoolContract } from '@sallyport/testing';
import { createMemoryJournal } from './memory-journal.ts';
import { createMemorySpool } from './memory-spool.ts';

journalContract('memory', async () => createMemoryJournal());
spoolContract('memory', async () => createMemorySpool());
